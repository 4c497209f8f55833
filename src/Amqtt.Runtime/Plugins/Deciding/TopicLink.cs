using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>One plugin in the chain that decides about topics.</summary>
internal sealed class TopicLink(HostedPlugin plugin)
{
    public HostedPlugin Plugin { get; } = plugin;

    /// <summary>The deciding plugin; null if it failed to start, which makes every question a fault.</summary>
    public ITopicPlugin? Role { get; } = plugin.HasFailed ? null : plugin.Instance as ITopicPlugin;

    /// <summary>Whether it is called on the thread that asks. It keeps what it earned when the hook table changes.</summary>
    public bool IsDirect => Role is not null && Plugin.FilterPromotion.IsEarned;

    /// <summary>Asks on the calling thread.</summary>
    public ValueTask<Decision> AskHere(TopicQuestion question)
    {
        try
        {
            return Role!.FilterTopicAsync(new(question));
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<Decision>(exception);
        }
    }

    /// <summary>Asks on the thread pool and counts how long the synchronous part took.</summary>
    public Task<Decision> AskOnPool(TopicQuestion question, TimeProvider time)
    {
        var context = new TopicContext(question);
        return Task.Run(async () =>
        {
            var started = time.GetTimestamp();
            var call = Role!.FilterTopicAsync(context);
            if (Plugin.FilterPromotion.CountPoolCall(time.GetElapsedTime(started))) Plugin.Faults.MovedToCaller(Hook.FilterTopic);
            return await call;
        });
    }

    /// <summary>Looks at how long a call on the asking thread held it up.</summary>
    public void Check(long milliseconds)
    {
        if (milliseconds > Promotion.TooSlowMilliseconds && Plugin.FilterPromotion.Revoke()) Plugin.Faults.MovedToPool(Hook.FilterTopic, milliseconds);
    }
}
