using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>How one kind of transform is called. The compiler makes a direct call of it: no delegate, no virtual call but the hook's own.</summary>
/// <typeparam name="TDraft">The state behind its context.</typeparam>
internal interface ITransformCall<in TDraft>
    where TDraft : Draft
{
    static abstract Hook Hook { get; }

    static abstract ValueTask Invoke(BrokerPlugin plugin, TDraft draft);
}

internal readonly struct ConnectCall : ITransformCall<ConnectDraft>
{
    public static Hook Hook => Hook.Connect;

    public static ValueTask Invoke(BrokerPlugin plugin, ConnectDraft draft) => plugin.OnConnectAsync(new(draft));
}

internal readonly struct SubscribeCall : ITransformCall<SubscribeDraft>
{
    public static Hook Hook => Hook.Subscribe;

    public static ValueTask Invoke(BrokerPlugin plugin, SubscribeDraft draft) => plugin.OnSubscribeAsync(new(draft));
}

internal readonly struct UnsubscribeCall : ITransformCall<UnsubscribeDraft>
{
    public static Hook Hook => Hook.Unsubscribe;

    public static ValueTask Invoke(BrokerPlugin plugin, UnsubscribeDraft draft) => plugin.OnUnsubscribeAsync(new(draft));
}

internal readonly struct PublishCall : ITransformCall<MessageDraft>
{
    public static Hook Hook => Hook.Publish;

    public static ValueTask Invoke(BrokerPlugin plugin, MessageDraft draft) => plugin.OnPublishAsync(new(draft));
}

internal readonly struct DeliverCall : ITransformCall<MessageDraft>
{
    public static Hook Hook => Hook.Deliver;

    public static ValueTask Invoke(BrokerPlugin plugin, MessageDraft draft) => plugin.OnDeliverAsync(new(draft));
}

internal readonly struct WillCall : ITransformCall<MessageDraft>
{
    public static Hook Hook => Hook.Will;

    public static ValueTask Invoke(BrokerPlugin plugin, MessageDraft draft) => plugin.OnWillAsync(new(draft));
}

internal readonly struct AcknowledgeCall : ITransformCall<AcknowledgeDraft>
{
    public static Hook Hook => Hook.Acknowledge;

    public static ValueTask Invoke(BrokerPlugin plugin, AcknowledgeDraft draft) => plugin.OnAcknowledgeAsync(new(draft));
}

internal readonly struct DisconnectCall : ITransformCall<DisconnectDraft>
{
    public static Hook Hook => Hook.Disconnect;

    public static ValueTask Invoke(BrokerPlugin plugin, DisconnectDraft draft) => plugin.OnDisconnectAsync(new(draft));
}
