using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>One plugin in the chain that decides about topics.</summary>
internal sealed class TopicLink(HostedPlugin plugin)
{
    public HostedPlugin Plugin => plugin;

    /// <summary>The deciding plugin; null if it failed to start, which makes every question a fault.</summary>
    public ITopicPlugin? Role { get; } = plugin.HasFailed ? null : plugin.Instance as ITopicPlugin;

    /// <summary>It keeps what it earned when the hook table changes.</summary>
    public HookGate Gate { get; } = plugin.GateOf(Hook.FilterTopic);

    /// <summary>What it wants to be asked about; see <see cref="PluginScopes"/>.</summary>
    public ulong Scope { get; } = plugin.ScopeBit;

    /// <summary>Whether it is called on the thread that asks.</summary>
    public bool IsDirect => Role is not null && Gate.IsDirect;

    /// <summary>Asks on the calling thread.</summary>
    public ValueTask<Decision> Ask(TopicQuestion question)
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
}
