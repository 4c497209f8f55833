using Amqtt.Plugins;

namespace Amqtt.Broker.Tests.Support;

/// <summary>How a hook goes wrong.</summary>
public enum Fault
{
    /// <summary>It throws at once.</summary>
    Throws,

    /// <summary>Its task never completes.</summary>
    Hangs,

    /// <summary>It does not return and holds on to its thread.</summary>
    Blocks,
}

/// <summary>A plugin with every hook, one of which goes wrong for one client, and for messages that say so.</summary>
internal sealed class FaultyPlugin(Hook faulty, Fault fault) : BaseAuthPlugin, ITopicPlugin
{
    public const string Victim = "victim";

    private readonly ManualResetEventSlim _release = new();
    private readonly TaskCompletionSource _never = new();

    /// <summary>Completed when the hook has gone wrong for the first time.</summary>
    public TaskCompletionSource HasFailed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
    {
        await Answer(Hook.Authenticate, context.ClientId);
        return Decision.Allow;
    }

    public ValueTask<Decision> FilterTopicAsync(TopicContext context)
    {
        ValueTask answer = Answer(Hook.FilterTopic, context.Topic.StartsWith("bad", StringComparison.Ordinal) ? context.Session.ClientId : "");
        return answer.IsCompletedSuccessfully ? Decision.Allow : LaterAsync(answer);

        static async ValueTask<Decision> LaterAsync(ValueTask answer)
        {
            await answer;
            return Decision.Allow;
        }
    }

    public override ValueTask OnConnectAsync(ConnectContext context) => Answer(Hook.Connect, context.ClientId);

    public override ValueTask OnSubscribeAsync(SubscribeContext context) => Answer(Hook.Subscribe, context.Session.ClientId);

    public override ValueTask OnUnsubscribeAsync(UnsubscribeContext context) => Answer(Hook.Unsubscribe, context.Session.ClientId);

    public override ValueTask OnPublishAsync(PublishContext context) => Answer(Hook.Publish, context.ClientId);

    public override ValueTask OnDeliverAsync(DeliverContext context) => Answer(Hook.Deliver, context.Payload.StartsWith("bad"u8) ? context.Session.ClientId : "");

    public override ValueTask OnWillAsync(WillContext context) => Answer(Hook.Will, context.ClientId);

    public override ValueTask OnAcknowledgeAsync(AcknowledgeContext context) => Answer(Hook.Acknowledge, context.Session.ClientId);

    public override ValueTask OnDisconnectAsync(DisconnectContext context) => Answer(Hook.Disconnect, context.Session.ClientId);

    public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) => Answer(Hook.MqttPacketReceived, e.Session?.ClientId);

    public override ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) => Answer(Hook.MqttPacketSent, e.Session?.ClientId);

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) => Answer(Hook.BrokerClientConnected, e.ClientId);

    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) => Answer(Hook.BrokerClientDisconnected, e.ClientId);

    public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) => Answer(Hook.BrokerAuthenticationFailed, e.ClientId);

    public override ValueTask OnBrokerSessionChangedAsync(SessionChangedEvent e, CancellationToken cancel) => Answer(Hook.BrokerSessionChanged, e.ClientId);

    public override ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) => Answer(Hook.BrokerClientSubscribed, e.ClientId);

    public override ValueTask OnBrokerClientUnsubscribedAsync(ClientUnsubscribedEvent e, CancellationToken cancel) => Answer(Hook.BrokerClientUnsubscribed, e.ClientId);

    public override ValueTask OnBrokerRetainedMessageAsync(RetainedMessageEvent e, CancellationToken cancel) => Answer(Hook.BrokerRetainedMessage, Victim);

    public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => Answer(Hook.BrokerMessageReceived, e.ClientId);

    public override ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel) => Answer(Hook.BrokerMessageBroadcast, e.ClientId);

    public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel) => Answer(Hook.BrokerMessageStage, e.PublisherId);

    /// <summary>Lets go of whoever is blocked or hanging, so that the broker can stop.</summary>
    public void Release()
    {
        _release.Set();
        _never.TrySetResult();
    }

    private ValueTask Answer(Hook hook, string? client)
    {
        if (hook != faulty || client != Victim) return default;
        HasFailed.TrySetResult();
        switch (fault)
        {
            case Fault.Throws:
                throw new InvalidOperationException("as told");
            case Fault.Hangs:
                return new ValueTask(_never.Task);
            default:
                _release.Wait(CancellationToken.None);
                return default;
        }
    }
}
