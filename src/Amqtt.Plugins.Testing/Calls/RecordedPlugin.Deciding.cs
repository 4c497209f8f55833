namespace Amqtt.Plugins.Testing;

// The roles. The host gives them only to a class that declares them, whatever this one declares.
internal sealed partial class RecordedPlugin : IAuthPlugin, ITopicPlugin, IConnectionFilter, IEnhancedAuthPlugin
{
    public string Method => ((IEnhancedAuthPlugin)inner).Method;

    public IAuthExchange Begin(AuthenticateContext context) => new RecordedExchange(this, ((IEnhancedAuthPlugin)inner).Begin(context), context.ClientId);

    public ValueTask<Decision> FilterConnectionAsync(ConnectionContext context) => DecideAsync(
        Hook.FilterConnection,
        $"client '{context.ClientId}' through '{context.Listener}'",
        () => ((IConnectionFilter)inner).FilterConnectionAsync(context),
        context.CancellationToken);

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

    private sealed class RecordedExchange(RecordedPlugin plugin, IAuthExchange exchange, string clientId) : IAuthExchange
    {
        public async ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
        {
            AuthStep step = default;
            await plugin.DecideAsync(
                Hook.EnhancedAuthenticate,
                $"client '{clientId}'",
                async () =>
                {
                    step = await exchange.ContinueAsync(data, cancel);
                    return step.Decision;
                },
                cancel);
            return step;
        }

        public ValueTask DisposeAsync() => exchange.DisposeAsync();
    }
}
