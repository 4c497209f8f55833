using Amqtt.Plugins;

namespace Amqtt.Broker.Tests.Support;

/// <summary>A plugin whose transforms are what a test says.</summary>
internal sealed class TransformPlugin : BrokerPlugin
{
    public Func<ConnectContext, ValueTask> Connect { get; init; } = static _ => default;

    public Func<SubscribeContext, ValueTask> Subscribe { get; init; } = static _ => default;

    public Func<UnsubscribeContext, ValueTask> Unsubscribe { get; init; } = static _ => default;

    public Func<PublishContext, ValueTask> Publish { get; init; } = static _ => default;

    public Func<DeliverContext, ValueTask> Deliver { get; init; } = static _ => default;

    public Func<WillContext, ValueTask> Will { get; init; } = static _ => default;

    public Func<AcknowledgeContext, ValueTask> Acknowledge { get; init; } = static _ => default;

    public Func<DisconnectContext, ValueTask> Disconnect { get; init; } = static _ => default;

    /// <summary>A transform that does its work at once.</summary>
    public static Func<T, ValueTask> Now<T>(Action<T> work) => context =>
    {
        work(context);
        return default;
    };

    /// <summary>A transform that waits before it does its work.</summary>
    public static Func<T, ValueTask> Later<T>(Action<T> work) => async context =>
    {
        await Task.Yield();
        work(context);
    };

    public override ValueTask OnConnectAsync(ConnectContext context) => Connect(context);

    public override ValueTask OnSubscribeAsync(SubscribeContext context) => Subscribe(context);

    public override ValueTask OnUnsubscribeAsync(UnsubscribeContext context) => Unsubscribe(context);

    public override ValueTask OnPublishAsync(PublishContext context) => Publish(context);

    public override ValueTask OnDeliverAsync(DeliverContext context) => Deliver(context);

    public override ValueTask OnWillAsync(WillContext context) => Will(context);

    public override ValueTask OnAcknowledgeAsync(AcknowledgeContext context) => Acknowledge(context);

    public override ValueTask OnDisconnectAsync(DisconnectContext context) => Disconnect(context);
}
