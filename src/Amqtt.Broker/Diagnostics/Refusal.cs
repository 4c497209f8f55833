namespace Amqtt.Broker.Diagnostics;

/// <summary>
/// Why a connection was refused or cut, or a request turned down. In snake case it is the label <c>reason</c> of the counter <c>amqtt.broker.refusals</c>;
/// where a limit is the cause, that is the limit's key.
/// </summary>
internal enum Refusal
{
    // Before CONNECT
    MaxConnections,
    ListenerMaxConnections,
    MaxConnectionsPerAddress,
    ConnectRate,
    ConnectRatePerAddress,
    MaxMemory,
    ConnectTimeout,
    TlsConnectTimeout,
    TlsHandshakeFailed,
    ProxyHeader,
    HandshakeFailed,

    // CONNECT
    NotMqtt,
    MalformedConnect,
    MaxConnectPacketSize,
    UnsupportedProtocolVersion,
    ClientIdInvalid,
    MaxClientIdLength,
    AuthenticationMethod,
    ConnectionFiltered,
    LoginFailed,
    FailedLogins,
    ClientIdClaimed,
    WillDenied,
    MaxSessions,
    MaxSessionsPerIdentity,

    // What a connected client sends
    MalformedPacket,
    ProtocolError,
    MaxPacketSize,
    MaxUserProperties,
    MaxTopicLength,
    ReceiveMaximum,
    TopicAliasMaximum,
    MaxQos,
    RetainAvailable,
    WildcardAvailable,
    SharedAvailable,
    SubscriptionIdsAvailable,
    PublishRate,
    PublishDenied,
    MaxRetained,
    InvalidFilter,
    SubscribeDenied,
    MaxSubscriptions,
    MaxFiltersPerSubscribe,
    MaxSharedGroupMembers,

    // What it does, or does not do
    KeepAliveTimeout,
    OutputStallTimeout,
    AckTimeout,
    QueueOverflow,
    SessionTakenOver,
    Administrative,
    PluginFault,
    InternalError,
}
