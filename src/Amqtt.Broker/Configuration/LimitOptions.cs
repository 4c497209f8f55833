using System.ComponentModel.DataAnnotations;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>
/// Every bound on what a client can make the broker hold or do: the section <c>limits</c>, and a listener's own <c>limits</c>.
/// Sizes are bytes. A bound that is switched off is <see cref="int.MaxValue"/>, <see cref="long.MaxValue"/> or <see cref="Timeout.InfiniteTimeSpan"/>.
/// Set before the broker starts; read-only from then on.
/// </summary>
public sealed class LimitOptions : InheritableOptions
{
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;
    private const int LargestPacket = 268_435_455;

    /// <summary>Time from accepting a connection to its complete CONNECT; then it is closed. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan ConnectTimeout { get; set => Set(ref field, value); } = TimeSpan.FromSeconds(10);

    /// <summary>The same for a TLS listener, with the handshake. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan TlsConnectTimeout { get; set => Set(ref field, value); } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Largest packet in bytes, fixed header included. A larger one is cut when its header is read, before anything is buffered; v5: announced in CONNACK,
    /// DISCONNECT 0x95 [MQTT-3.2.2-15]. Default 1 MiB, at most 268,435,455.
    /// </summary>
    [Size, Range(1 * KiB, LargestPacket)]
    public int MaxPacketSize { get; set => Set(ref field, value); } = 1 * MiB;

    /// <summary>The same before authentication succeeded. Default 128 KiB.</summary>
    [Size, Range(1 * KiB, LargestPacket)]
    public int MaxConnectPacketSize { get; set => Set(ref field, value); } = 128 * KiB;

    /// <summary>
    /// Longest keep-alive of a v5 client, announced as Server Keep Alive; its 0 counts as this [MQTT-3.1.2-21]. 3.1 and 3.1.1 keep what CONNECT said. Default 3600 s.
    /// </summary>
    [Unlimited, Range(typeof(TimeSpan), "00:00:01", "18:12:15")]
    public TimeSpan MaxKeepAlive { get; set => Set(ref field, value); } = TimeSpan.FromHours(1);

    /// <summary>
    /// Unacknowledged QoS 1 and 2 messages from one client. v5: announced and enforced, DISCONNECT 0x93 [MQTT-3.3.4-9]; v3.1.1: the client is not read
    /// while the broker owes it that many answers. Default 32.
    /// </summary>
    [Range(1, 65535)]
    public int ReceiveMaximum { get; set => Set(ref field, value); } = 32;

    /// <summary>Unacknowledged messages towards one client, or its Receive Maximum if that is lower; the rest waits in the queue. Default 32.</summary>
    [Range(1, 65535)]
    public int MaxInflight { get; set => Set(ref field, value); } = 32;

    /// <summary>Messages waiting for one session; beyond it <see cref="QueueOverflow"/> decides. Default 1000.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int MaxQueuedMessages { get; set => Set(ref field, value); } = 1000;

    /// <summary>Bytes waiting for one session; beyond it <see cref="QueueOverflow"/> decides. Default 8 MiB.</summary>
    [Unlimited, Size, Range(1, long.MaxValue)]
    public long MaxQueuedBytes { get; set => Set(ref field, value); } = 8 * MiB;

    /// <summary>What a full queue does. Dropped messages are counted by reason. Default <see cref="QueueOverflow.DropQos0ThenNewest"/>.</summary>
    public QueueOverflow QueueOverflow { get; set => Set(ref field, value); } = QueueOverflow.DropQos0ThenNewest;

    /// <summary>Unsent bytes of one connection, where one packet always fits; beyond it QoS 0 is dropped and counted. Default 1 MiB.</summary>
    [Size, Range(1 * KiB, int.MaxValue)]
    public int MaxOutputBytes { get; set => Set(ref field, value); } = 1 * MiB;

    /// <summary>A connection that takes none of its unsent bytes for this long is disconnected. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan OutputStallTimeout { get; set => Set(ref field, value); } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Memory of the process in bytes; configurable as a percentage. Shed in this order: new connections (0x97), retained replay, QoS 0, largest queues.
    /// Default 75 % of the machine's or the container's.
    /// </summary>
    [BrokerWide, Unlimited, Size(PercentOfMemory = true), Range(16L * MiB, long.MaxValue)]
    public long MaxMemory { get; set => Set(ref field, value); } = MachineLimits.MemoryBytes(percent: 75);

    /// <summary>Levels of a topic or filter; beyond it PUBLISH 0x90 (v3: closed), SUBSCRIBE 0x8F / 0x80. Default 128.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int MaxTopicLevels { get; set => Set(ref field, value); } = 128;

    /// <summary>Bytes of a topic or filter; beyond it as with <see cref="MaxTopicLevels"/>. Default 1024, at most 65,535.</summary>
    [Size, Range(1, 65535)]
    public int MaxTopicLength { get; set => Set(ref field, value); } = 1024;

    /// <summary>Bytes of a client id; beyond it CONNACK 0x85 / 0x02. Default 256.</summary>
    [Size, Range(1, 65535)]
    public int MaxClientIdLength { get; set => Set(ref field, value); } = 256;

    /// <summary>Topic aliases each way; 0 = none. A higher alias: DISCONNECT 0x94 [MQTT-3.3.2-9]. Default 16.</summary>
    [Range(0, 65535)]
    public int TopicAliasMaximum { get; set => Set(ref field, value); } = 16;

    /// <summary>Bytes of alias text that one connection may make the broker remember; 0 = none. Default 64 KiB.</summary>
    [Size, Range(0, int.MaxValue)]
    public int TopicAliasBytes { get; set => Set(ref field, value); } = 64 * KiB;

    /// <summary>User properties of one packet; beyond it DISCONNECT 0x95. Default 64.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int MaxUserProperties { get; set => Set(ref field, value); } = 64;

    /// <summary>Bytes of the user properties of one packet; beyond it DISCONNECT 0x95. Default 16 KiB.</summary>
    [Unlimited, Size, Range(1, int.MaxValue)]
    public int MaxUserPropertyBytes { get; set => Set(ref field, value); } = 16 * KiB;

    /// <summary>Subscriptions of one client; beyond it SUBACK 0x97 / 0x80, existing ones intact. Default 1000.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int MaxSubscriptions { get; set => Set(ref field, value); } = 1000;

    /// <summary>Filters of one SUBSCRIBE; beyond it SUBACK 0x97 / 0x80 for each. Default 100.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int MaxFiltersPerSubscribe { get; set => Set(ref field, value); } = 100;

    /// <summary>Members of one shared subscription; beyond it SUBACK 0x97. Default 1000.</summary>
    [BrokerWide, Unlimited, Range(1, int.MaxValue)]
    public int MaxSharedGroupMembers { get; set => Set(ref field, value); } = 1000;

    /// <summary>Retained messages of the broker; beyond it delivered, not stored, counted, v5 PUBACK 0x97. Default 100,000.</summary>
    [BrokerWide, Unlimited, Range(1, int.MaxValue)]
    public int MaxRetainedMessages { get; set => Set(ref field, value); } = 100_000;

    /// <summary>Bytes of all retained messages; beyond it as with <see cref="MaxRetainedMessages"/>. Default 256 MiB.</summary>
    [BrokerWide, Unlimited, Size, Range(1, long.MaxValue)]
    public long MaxRetainedBytes { get; set => Set(ref field, value); } = 256 * MiB;

    /// <summary>Persistent sessions of the broker; beyond it CONNACK 0x97 / 0x03. Default 100,000.</summary>
    [BrokerWide, Unlimited, Range(1, int.MaxValue)]
    public int MaxSessions { get; set => Set(ref field, value); } = 100_000;

    /// <summary>Persistent sessions of one identity; beyond it CONNACK 0x97 / 0x03. Default unlimited.</summary>
    [BrokerWide, Unlimited, Range(1, int.MaxValue)]
    public int MaxSessionsPerIdentity { get; set => Set(ref field, value); } = int.MaxValue;

    /// <summary>Longest session expiry of a v5 client; a longer one is shortened and announced in CONNACK. Default 7 days.</summary>
    [Unlimited, Range(typeof(TimeSpan), "00:00:01", "49710.06:28:14")]
    public TimeSpan MaxSessionExpiry { get; set => Set(ref field, value); } = TimeSpan.FromDays(7);

    /// <summary>Highest QoS, 0 to 2, announced in CONNACK [MQTT-3.2.2-9]. Default 2.</summary>
    [Range(0, 2)]
    public int MaxQos { get; set => Set(ref field, value); } = 2;

    /// <summary>Whether retained messages are accepted, announced in CONNACK [MQTT-3.2.2-14]. Default true.</summary>
    public bool RetainAvailable { get; set => Set(ref field, value); } = true;

    /// <summary>Whether filters may have wildcards, announced in CONNACK. Default true.</summary>
    public bool WildcardAvailable { get; set => Set(ref field, value); } = true;

    /// <summary>Whether shared subscriptions are accepted, announced in CONNACK. Default true.</summary>
    public bool SharedAvailable { get; set => Set(ref field, value); } = true;

    /// <summary>Whether subscription identifiers are accepted, announced in CONNACK. Default true.</summary>
    public bool SubscriptionIdsAvailable { get; set => Set(ref field, value); } = true;

    /// <summary>
    /// Open connections of the broker; a listener's own <see cref="ListenerOptions.MaxConnections"/> comes on top. Beyond it CONNACK 0x97 / 0x03.
    /// Default: the file descriptors of the process less 20 %, or, below 2000 of them, less 192 and a ninth of the rest.
    /// </summary>
    [BrokerWide, Range(1, int.MaxValue)]
    public int MaxConnections { get; set => Set(ref field, value); } = MachineLimits.Connections;

    /// <summary>Open connections of one remote address; beyond it closed before the TLS handshake. Default unlimited.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int MaxConnectionsPerAddress { get; set => Set(ref field, value); } = int.MaxValue;

    /// <summary>New connections a second, loopback exempt; beyond it closed before the TLS handshake, 0x9F where a CONNACK can be sent. Default 2000.</summary>
    [BrokerWide, Unlimited, Range(1, int.MaxValue)]
    public int ConnectRate { get; set => Set(ref field, value); } = 2000;

    /// <summary>Connections above <see cref="ConnectRate"/> that a quiet time has saved up. Default 1000.</summary>
    [BrokerWide, Unlimited, Range(1, int.MaxValue)]
    public int ConnectBurst { get; set => Set(ref field, value); } = 1000;

    /// <summary>New connections a second from one remote address, loopback exempt. Default unlimited.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int ConnectRatePerAddress { get; set => Set(ref field, value); } = int.MaxValue;

    /// <summary>PUBLISH packets a second of one client; beyond it the client is not read until its budget allows. Default unlimited.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int PublishRate { get; set => Set(ref field, value); } = int.MaxValue;

    /// <summary>PUBLISH bytes a second of one client; beyond it as with <see cref="PublishRate"/>. Default unlimited.</summary>
    [Unlimited, Size, Range(1, long.MaxValue)]
    public long PublishRateBytes { get; set => Set(ref field, value); } = long.MaxValue;

    /// <summary>Failed logins a minute from one address; beyond it answers are delayed by 1 s, doubling to 60 s. Default 10.</summary>
    [Unlimited, Range(1, int.MaxValue)]
    public int FailedLogins { get; set => Set(ref field, value); } = 10;

    /// <summary>Bytes read from one connection in one round of its loop; the rest next round. Default 256 KiB.</summary>
    [Size, Range(4 * KiB, 64 * MiB)]
    public int MaxRoundBytes { get; set => Set(ref field, value); } = 256 * KiB;

    /// <summary>Deliveries caused by one connection in one round of its loop; the rest next round. Default 4096.</summary>
    [Range(1, int.MaxValue)]
    public int MaxRoundDeliveries { get; set => Set(ref field, value); } = 4096;

    /// <summary>Properties that were set although they count for the whole broker: a mistake in a listener's limits.</summary>
    internal IEnumerable<string> SetForBrokerOnly() =>
        GetType().GetProperties().Where(p => IsSet(p.Name) && p.IsDefined(typeof(BrokerWideAttribute), inherit: false)).Select(p => p.Name);

    /// <summary>These bounds with those that an auth plugin granted in their place.</summary>
    internal LimitOptions With(ClientLimits granted)
    {
        var own = new LimitOptions();
        if (granted.MaxPacketSize is { } packetSize) own.MaxPacketSize = packetSize;
        if (granted.ReceiveMaximum is { } receiveMaximum) own.ReceiveMaximum = receiveMaximum;
        if (granted.MaxInflight is { } inflight) own.MaxInflight = inflight;
        if (granted.MaxQueuedMessages is { } queued) own.MaxQueuedMessages = queued;
        if (granted.MaxQueuedBytes is { } queuedBytes) own.MaxQueuedBytes = queuedBytes;
        if (granted.MaxSubscriptions is { } subscriptions) own.MaxSubscriptions = subscriptions;
        if (granted.MaxQos is { } qos) own.MaxQos = (int)qos;
        if (granted.RetainAvailable is { } retain) own.RetainAvailable = retain;
        if (granted.PublishRate is { } rate) own.PublishRate = rate;
        if (granted.PublishRateBytes is { } rateBytes) own.PublishRateBytes = rateBytes;
        return own.Over(this);
    }

    /// <summary>A copy in which everything that is not set here comes from the broker's limits.</summary>
    internal LimitOptions Over(LimitOptions broker)
    {
        var effective = new LimitOptions();
        effective.InheritFrom(this);
        effective.InheritFrom(broker);
        return effective;
    }
}
