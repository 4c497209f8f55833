namespace Amqtt.Plugins;

/// <summary>A well-formed PUBLISH arrived; see <see cref="BrokerPlugin.OnBrokerMessageReceivedAsync"/>.</summary>
public sealed class MessageReceivedEvent : PluginEvent
{
    /// <summary>The publishing client.</summary>
    public required string ClientId { get; init; }

    /// <summary>The message.</summary>
    public required ApplicationMessage Message { get; init; }

    internal override Hook Hook => Hook.BrokerMessageReceived;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerMessageReceivedAsync(this, cancel);
}

/// <summary>A message is about to be routed; see <see cref="BrokerPlugin.OnBrokerMessageBroadcastAsync"/>.</summary>
public sealed class MessageBroadcastEvent : PluginEvent
{
    /// <summary>The publishing client; null for a message of the broker or a plugin.</summary>
    public string? ClientId { get; init; }

    /// <summary>The message.</summary>
    public required ApplicationMessage Message { get; init; }

    internal override Hook Hook => Hook.BrokerMessageBroadcast;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerMessageBroadcastAsync(this, cancel);
}

/// <summary>A message was retained or queued; see <see cref="BrokerPlugin.OnBrokerRetainedMessageAsync"/>.</summary>
public sealed class RetainedMessageEvent : PluginEvent
{
    /// <summary>Null: the topic's retained message was set, or cleared if the payload is empty. Otherwise the offline client it was queued for.</summary>
    public string? ClientId { get; init; }

    /// <summary>The message.</summary>
    public required ApplicationMessage Message { get; init; }

    internal override Hook Hook => Hook.BrokerRetainedMessage;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerRetainedMessageAsync(this, cancel);
}

/// <summary>A message reached a stage; see <see cref="BrokerPlugin.OnBrokerMessageStageAsync"/>.</summary>
/// <remarks>
/// Every message ends exactly once: with <see cref="MessageStage.NoSubscriber"/> or <see cref="MessageStage.Dropped"/> without a receiver, or else for each receiver with one of
/// <see cref="MessageStage.Delivered"/> (QoS 0), <see cref="MessageStage.Acknowledged"/> (QoS 1 and 2), <see cref="MessageStage.Dropped"/> and <see cref="MessageStage.Expired"/>.
/// At a shutdown, what still waits ends without an event.
/// </remarks>
public sealed class MessageStageEvent : PluginEvent
{
    /// <summary>The stage.</summary>
    public required MessageStage Stage { get; init; }

    /// <summary>The message; towards a receiver with the QoS it is delivered with.</summary>
    public required ApplicationMessage Message { get; init; }

    /// <summary>The publishing client; null for a message of the broker or a plugin.</summary>
    public string? PublisherId { get; init; }

    /// <summary>The receiving client; null when the stage belongs to no receiver.</summary>
    public string? ReceiverId { get; init; }

    /// <summary>Why it was dropped; <see cref="DropReason.None"/> at every other stage.</summary>
    public DropReason DropReason { get; init; }

    internal override Hook Hook => Hook.BrokerMessageStage;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerMessageStageAsync(this, cancel);
}

/// <summary>Where a message is on its way to a receiver.</summary>
public enum MessageStage
{
    /// <summary>It waits in the receiver's queue.</summary>
    Queued,

    /// <summary>It was written to the receiver.</summary>
    Delivered,

    /// <summary>The receiver acknowledged it (QoS 1 and 2).</summary>
    Acknowledged,

    /// <summary>It was dropped; see <see cref="MessageStageEvent.DropReason"/>.</summary>
    Dropped,

    /// <summary>Its expiry interval passed before it could be delivered.</summary>
    Expired,

    /// <summary>Nobody subscribes to its topic.</summary>
    NoSubscriber,
}

/// <summary>Why a message was dropped.</summary>
public enum DropReason
{
    /// <summary>It was not dropped.</summary>
    None,

    /// <summary>A topic plugin refused it, to its publisher or to this receiver.</summary>
    NotAuthorized,

    /// <summary>A plugin failed while it decided about it.</summary>
    PluginFault,

    /// <summary>The receiver's queue or output was full.</summary>
    QueueFull,

    /// <summary>It is larger than the receiver accepts.</summary>
    PacketTooLarge,

    /// <summary>The receiver's session ended before it could be delivered.</summary>
    SessionEnded,

    /// <summary>The receiver is not connected, and messages of QoS 0 do not wait.</summary>
    Offline,

    /// <summary>A plugin dropped it on purpose, or disconnected its sender or receiver for it.</summary>
    Plugin,

    /// <summary>Another member of the shared subscription gets it in the receiver's place.</summary>
    PassedOn,

    /// <summary>The receiver has unsubscribed while it was on its way, or is its publisher and does not want its own messages (No Local).</summary>
    NotWanted,

    /// <summary>The broker holds as much memory as it may (<c>limits.max_memory</c>).</summary>
    MemoryPressure,
}
