using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Connections;

/// <summary>What a CONNECT and the listener's limits come to: the terms of one connection, as CONNACK announces them.</summary>
internal sealed record ConnectConditions
{
    private const uint NeverExpires = uint.MaxValue;

    /// <summary>What the client speaks.</summary>
    public required ProtocolVersion Version { get; init; }

    /// <summary>How long the session outlives the connection; infinite = for ever.</summary>
    public required TimeSpan SessionExpiry { get; init; }

    /// <summary>The keep-alive in force; zero = off.</summary>
    public required TimeSpan KeepAlive { get; init; }

    /// <summary>Deliveries in flight towards the client.</summary>
    public required int SendQuota { get; init; }

    /// <summary>QoS 2 messages in flight from the client.</summary>
    public required int ReceiveMaximum { get; init; }

    /// <summary>Topic aliases that the client may use.</summary>
    public required int TopicAliasMaximum { get; init; }

    /// <summary>Topic aliases towards the client [MQTT-3.1.2-26].</summary>
    public int OutgoingTopicAliases { get; init; }

    /// <summary>Whether the keep-alive is not the client's own.</summary>
    public bool KeepAliveIsOurs { get; init; }

    /// <summary>Whether the session expiry is not the client's own.</summary>
    public bool ExpiryIsOurs { get; init; }

    /// <summary>The conditions for a CONNECT on a listener.</summary>
    public static ConnectConditions For(ConnectPacket connect, LimitOptions limits, TimeSpan expiryBeforeV5)
    {
        bool isV5 = connect.Version == ProtocolVersion.V5;
        uint asked = connect.Properties.SessionExpiryInterval ?? 0;
        TimeSpan expiry = isV5 ? ExpiryOf(asked, limits) : connect.CleanStart ? TimeSpan.Zero : expiryBeforeV5;
        var keepAlive = TimeSpan.FromSeconds(connect.KeepAlive);
        bool keepAliveIsOurs = isV5 && limits.MaxKeepAlive != Timeout.InfiniteTimeSpan && (keepAlive == TimeSpan.Zero || keepAlive > limits.MaxKeepAlive);
        return new ConnectConditions
        {
            Version = connect.Version,
            SessionExpiry = expiry,
            ExpiryIsOurs = isV5 && expiry != Unlimited(asked),
            KeepAlive = keepAliveIsOurs ? limits.MaxKeepAlive : keepAlive,
            KeepAliveIsOurs = keepAliveIsOurs,
            SendQuota = Math.Min(connect.Properties.ReceiveMaximum ?? ushort.MaxValue, limits.MaxInflight),
            ReceiveMaximum = limits.ReceiveMaximum,
            TopicAliasMaximum = isV5 ? limits.TopicAliasMaximum : 0,
            OutgoingTopicAliases = Math.Min(connect.Properties.TopicAliasMaximum ?? 0, limits.TopicAliasMaximum),
        };
    }

    /// <summary>The same with what an auth plugin granted.</summary>
    public ConnectConditions With(AuthenticateContext granted, ConnectPacket connect)
    {
        ConnectConditions conditions = this;
        bool isV5 = Version == ProtocolVersion.V5;
        // An older client asked for a session that ends with its connection, or cannot be told of another.
        if (granted.SessionExpiry is { } expiry && (isV5 || !connect.CleanStart))
            conditions = conditions with { SessionExpiry = expiry, ExpiryIsOurs = isV5 && expiry != Unlimited(connect.Properties.SessionExpiryInterval ?? 0) };
        if (granted.KeepAlive is { } keepAlive && (isV5 || (KeepAlive != TimeSpan.Zero && (keepAlive > KeepAlive || keepAlive == TimeSpan.Zero))))
            conditions = conditions with { KeepAlive = keepAlive, KeepAliveIsOurs = isV5 && keepAlive != TimeSpan.FromSeconds(connect.KeepAlive) };
        return conditions;
    }

    /// <summary>The expiry that a v5 client gets for the seconds it asked for.</summary>
    public static TimeSpan ExpiryOf(uint seconds, LimitOptions limits) => Within(Unlimited(seconds), limits);

    /// <summary>An expiry as far as the limit allows it.</summary>
    public static TimeSpan Within(TimeSpan asked, LimitOptions limits)
    {
        if (limits.MaxSessionExpiry == Timeout.InfiniteTimeSpan) return asked;
        return asked == Timeout.InfiniteTimeSpan || asked > limits.MaxSessionExpiry ? limits.MaxSessionExpiry : asked;
    }

    /// <summary>The properties of the CONNACK that accepts the client; what the client would assume anyway is left out.</summary>
    public MqttProperties Announce(LimitOptions limits, string? assignedClientId, string? responseInformation, string? method, ReadOnlyMemory<byte>? data) => new()
    {
        ResponseInformation = responseInformation,
        AuthenticationMethod = method, // [MQTT-4.12.0-5]
        AuthenticationData = method is null ? null : data,
        AssignedClientIdentifier = assignedClientId,
        SessionExpiryInterval = ExpiryIsOurs ? Seconds(SessionExpiry) : null,
        ServerKeepAlive = KeepAliveIsOurs ? (ushort)KeepAlive.TotalSeconds : null,
        ReceiveMaximum = (ushort)ReceiveMaximum,
        TopicAliasMaximum = TopicAliasMaximum > 0 ? (ushort)TopicAliasMaximum : null,
        MaximumPacketSize = (uint)limits.MaxPacketSize,
        MaximumQoS = limits.MaxQos < 2 ? (QoS)limits.MaxQos : null,
        RetainAvailable = limits.RetainAvailable ? null : false,
        WildcardSubscriptionAvailable = limits.WildcardAvailable ? null : false,
        SharedSubscriptionAvailable = limits.SharedAvailable ? null : false,
        SubscriptionIdentifierAvailable = limits.SubscriptionIdsAvailable ? null : false,
    };

    private static TimeSpan Unlimited(uint seconds) => seconds == NeverExpires ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds);

    private static uint Seconds(TimeSpan expiry) => expiry == Timeout.InfiniteTimeSpan ? NeverExpires : (uint)expiry.TotalSeconds;
}
