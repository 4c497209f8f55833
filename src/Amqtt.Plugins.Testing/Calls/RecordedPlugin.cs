namespace Amqtt.Plugins.Testing;

/// <summary>Stands in the place of a plugin under test: lets faults on demand happen, passes every call on, and writes it down.</summary>
/// <remarks>
/// The host asks the class under test which hooks there are, so what that does not override is not called here either. A test holds this class
/// to forwarding every hook of the contract.
/// </remarks>
internal sealed partial class RecordedPlugin(BasePlugin inner, HookRecorder recorder, HookFaults faults) : BrokerPlugin
{
    private readonly Type _type = inner.GetType();

    private BrokerPlugin Broker => (BrokerPlugin)inner;

    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => CallAsync(Hook.BrokerPreStart, null, token => Broker.OnBrokerPreStartAsync(token), cancel);

    public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel) => CallAsync(Hook.BrokerPostStart, null, token => Broker.OnBrokerPostStartAsync(token), cancel);

    public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => CallAsync(Hook.BrokerPreShutdown, null, token => Broker.OnBrokerPreShutdownAsync(token), cancel);

    public override ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => CallAsync(Hook.BrokerPostShutdown, null, token => Broker.OnBrokerPostShutdownAsync(token), cancel);

    public override ValueTask OnAttachedAsync(AttachedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.Attached, e, token => Broker.OnAttachedAsync(e, token), cancel);

    public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.MqttPacketReceived, e, token => inner.OnMqttPacketReceivedAsync(e, token), cancel);

    public override ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) =>
        CallAsync(Hook.MqttPacketSent, e, token => inner.OnMqttPacketSentAsync(e, token), cancel);

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerClientConnected, e, token => Broker.OnBrokerClientConnectedAsync(e, token), cancel);

    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerClientDisconnected, e, token => Broker.OnBrokerClientDisconnectedAsync(e, token), cancel);

    public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerAuthenticationFailed, e, token => Broker.OnBrokerAuthenticationFailedAsync(e, token), cancel);

    public override ValueTask OnBrokerSessionChangedAsync(SessionChangedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerSessionChanged, e, token => Broker.OnBrokerSessionChangedAsync(e, token), cancel);

    public override ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerClientSubscribed, e, token => Broker.OnBrokerClientSubscribedAsync(e, token), cancel);

    public override ValueTask OnBrokerClientUnsubscribedAsync(ClientUnsubscribedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerClientUnsubscribed, e, token => Broker.OnBrokerClientUnsubscribedAsync(e, token), cancel);

    public override ValueTask OnBrokerRetainedMessageAsync(RetainedMessageEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerRetainedMessage, e, token => Broker.OnBrokerRetainedMessageAsync(e, token), cancel);

    public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerMessageReceived, e, token => Broker.OnBrokerMessageReceivedAsync(e, token), cancel);

    public override ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerMessageBroadcast, e, token => Broker.OnBrokerMessageBroadcastAsync(e, token), cancel);

    public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel) =>
        CallAsync(Hook.BrokerMessageStage, e, token => Broker.OnBrokerMessageStageAsync(e, token), cancel);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask CallAsync(Hook hook, object? e, Func<CancellationToken, ValueTask> call, CancellationToken cancel)
    {
        var made = new HookCall(_type, hook, e, e is null ? hook.ToString() : $"{hook} {EventText.Of(e)}");
        try
        {
            await faults.BeforeAsync(hook, cancel);
            await call(faults.CancelsTokens ? new CancellationToken(canceled: true) : cancel);
            recorder.Add(made);
        }
        catch (Exception exception)
        {
            recorder.Add(made with { Exception = exception });
            throw;
        }
    }
}
