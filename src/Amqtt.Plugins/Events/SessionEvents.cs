using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>The plugin has come to a running broker; see <see cref="BrokerPlugin.OnAttachedAsync"/>.</summary>
public sealed class AttachedEvent : PluginEvent
{
    /// <summary>The sessions that are connected.</summary>
    public required IReadOnlyList<ISession> Sessions { get; init; }

    internal override Hook Hook => Hook.Attached;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel) => ((BrokerPlugin)plugin).OnAttachedAsync(this, cancel);
}

/// <summary>Something happened to a session; see <see cref="BrokerPlugin.OnBrokerSessionChangedAsync"/>.</summary>
public sealed class SessionChangedEvent : PluginEvent
{
    /// <summary>The client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>The session.</summary>
    public required ISession Session { get; init; }

    /// <summary>What happened to it.</summary>
    public required SessionChange Change { get; init; }

    internal override Hook Hook => Hook.BrokerSessionChanged;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerSessionChangedAsync(this, cancel);
}

/// <summary>What happens to sessions.</summary>
public enum SessionChange
{
    /// <summary>It was created.</summary>
    Created,

    /// <summary>Its client came back.</summary>
    Resumed,

    /// <summary>Another connection with the same client identifier took it over.</summary>
    TakenOver,

    /// <summary>Its expiry interval passed.</summary>
    Expired,

    /// <summary>It was deleted: it ended with its connection, by a clean start, or on request.</summary>
    Deleted,
}

/// <summary>A topic filter was accepted; see <see cref="BrokerPlugin.OnBrokerClientSubscribedAsync"/>.</summary>
public sealed class ClientSubscribedEvent : PluginEvent
{
    /// <summary>The client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>The topic filter as asked for, with <c>$share/group/</c> if it is shared.</summary>
    public required string TopicFilter { get; init; }

    /// <summary>The QoS that was asked for.</summary>
    public required QoS RequestedQoS { get; init; }

    /// <summary>The QoS that was granted.</summary>
    public required QoS GrantedQoS { get; init; }

    internal override Hook Hook => Hook.BrokerClientSubscribed;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerClientSubscribedAsync(this, cancel);
}

/// <summary>A subscription ended; see <see cref="BrokerPlugin.OnBrokerClientUnsubscribedAsync"/>.</summary>
public sealed class ClientUnsubscribedEvent : PluginEvent
{
    /// <summary>The client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>The topic filter.</summary>
    public required string TopicFilter { get; init; }

    /// <summary>Why it ended.</summary>
    public required UnsubscribeCause Cause { get; init; }

    internal override Hook Hook => Hook.BrokerClientUnsubscribed;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerClientUnsubscribedAsync(this, cancel);
}

/// <summary>Why a subscription ended.</summary>
public enum UnsubscribeCause
{
    /// <summary>The client sent UNSUBSCRIBE.</summary>
    Asked,

    /// <summary>The session ended.</summary>
    SessionEnded,

    /// <summary>The permission was withdrawn.</summary>
    Revoked,

    /// <summary>A plugin or the embedding program removed it.</summary>
    Administrative,
}
