namespace Amqtt.Plugins.Testing;

// The transforms. What they made of a packet is seen by the receiver; here is what they were asked about.
internal sealed partial class RecordedPlugin
{
    public override ValueTask OnConnectAsync(ConnectContext context) =>
        TransformAsync(Hook.Connect, $"client '{context.ClientId}'", () => Broker.OnConnectAsync(context), context.CancellationToken);

    public override ValueTask OnSubscribeAsync(SubscribeContext context) =>
        TransformAsync(Hook.Subscribe, $"client '{context.Session.ClientId}'", () => Broker.OnSubscribeAsync(context), context.CancellationToken);

    public override ValueTask OnUnsubscribeAsync(UnsubscribeContext context) =>
        TransformAsync(Hook.Unsubscribe, $"client '{context.Session.ClientId}'", () => Broker.OnUnsubscribeAsync(context), context.CancellationToken);

    public override ValueTask OnPublishAsync(PublishContext context) =>
        TransformAsync(Hook.Publish, $"'{context.Topic}' of client '{context.ClientId}'", () => Broker.OnPublishAsync(context), context.CancellationToken);

    public override ValueTask OnDeliverAsync(DeliverContext context) =>
        TransformAsync(Hook.Deliver, $"'{context.Topic}' to client '{context.Session.ClientId}'", () => Broker.OnDeliverAsync(context), context.CancellationToken);

    public override ValueTask OnWillAsync(WillContext context) =>
        TransformAsync(Hook.Will, $"'{context.Topic}' of client '{context.ClientId}'", () => Broker.OnWillAsync(context), context.CancellationToken);

    public override ValueTask OnAcknowledgeAsync(AcknowledgeContext context) =>
        TransformAsync(Hook.Acknowledge, $"client '{context.Session.ClientId}'", () => Broker.OnAcknowledgeAsync(context), context.CancellationToken);

    public override ValueTask OnDisconnectAsync(DisconnectContext context) =>
        TransformAsync(Hook.Disconnect, $"client '{context.Session.ClientId}'", () => Broker.OnDisconnectAsync(context), context.CancellationToken);

    private async ValueTask TransformAsync(Hook hook, string packet, Func<ValueTask> transform, CancellationToken cancel)
    {
        var made = new HookCall(_type, hook, null, $"{hook} {packet}");
        try
        {
            await faults.BeforeAsync(hook, cancel);
            await transform();
            recorder.Add(made);
        }
        catch (Exception exception)
        {
            recorder.Add(made with { Exception = exception });
            throw;
        }
    }
}
