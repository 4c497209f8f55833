namespace Amqtt.Plugins.Testing;

// The roles. The host gives them only to a class that declares them, whatever this one declares.
internal sealed partial class RecordedPlugin : IAuthPlugin, ITopicPlugin
{
    public ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => DecideAsync(
        Hook.Authenticate,
        $"client '{context.ClientId}' user '{context.UserName}'",
        () => ((IAuthPlugin)inner).AuthenticateAsync(context),
        context.CancellationToken);

    public ValueTask<Decision> FilterTopicAsync(TopicContext context) => DecideAsync(
        Hook.FilterTopic,
        $"{context.Action} '{context.Topic}' of client '{context.Session.ClientId}'",
        () => ((ITopicPlugin)inner).FilterTopicAsync(context),
        context.CancellationToken);

    private async ValueTask<Decision> DecideAsync(Hook hook, string question, Func<ValueTask<Decision>> ask, CancellationToken cancel)
    {
        var made = new HookCall(_type, hook, null, $"{hook} {question}");
        try
        {
            await faults.BeforeAsync(hook, cancel);
            var decision = await ask();
            recorder.Add(made with { Decision = decision });
            return decision;
        }
        catch (Exception exception)
        {
            recorder.Add(made with { Exception = exception });
            throw;
        }
    }
}
