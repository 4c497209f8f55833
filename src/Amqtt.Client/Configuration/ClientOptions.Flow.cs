using System.ComponentModel.DataAnnotations;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Client.Configuration;

/// <summary>Reconnecting, and every bound of a client.</summary>
public sealed partial class ClientOptions
{
    /// <summary>Whether to connect again after a failed first connect or a lost connection. Default true.</summary>
    public bool AutoReconnect { get; set; } = true;

    /// <summary>Further attempts before giving up; negative = for ever. Default 2.</summary>
    public int ReconnectRetries { get; set; } = 2;

    /// <summary>The longest wait before an attempt; attempt n waits for 2ⁿ s, if that is shorter. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ReconnectMaxInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Each wait is longer by a random part of it, at most this one, so that clients do not come back all at once. Default 0.1.</summary>
    [Range(0.0, 1.0)]
    public double ReconnectJitter { get; set; } = 0.1;

    /// <summary>What calls do while the client reconnects. Default <see cref="DisconnectedBehavior.Wait"/>.</summary>
    public DisconnectedBehavior WhenDisconnected { get; set; }

    /// <summary>Messages that wait for a connection, with <see cref="DisconnectedBehavior.Queue"/>. Default 1000.</summary>
    [Range(1, int.MaxValue)]
    public int OfflineQueueMessages { get; set; } = 1000;

    /// <summary>Their payloads together, in bytes. Default 16 MiB.</summary>
    [Size, Range(1L, long.MaxValue)]
    public long OfflineQueueBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>What happens beyond these bounds. Default <see cref="QueuePolicy.Reject"/>.</summary>
    public QueuePolicy OfflineQueuePolicy { get; set; }

    /// <summary>QoS 1 and 2 messages on their way to the broker at a time; the rest waits. Null: what the broker's Receive Maximum says but at most 1024, before 5.0 20. Default null.</summary>
    [Range(1, ushort.MaxValue)]
    public int? MaxInflight { get; set; }

    /// <summary>Receive Maximum: QoS 1 and 2 messages that the broker may send before the program is done with earlier ones; announced in 5.0. Default 1024.</summary>
    [Range(1, ushort.MaxValue)]
    public int ReceiveMaximum { get; set; } = 1024;

    /// <summary>Largest packet accepted, announced in 5.0; a larger one ends the connection. Default 16 MiB.</summary>
    [Size, Range(128, 268_435_455)]
    public int MaximumPacketSize { get; set; } = 16 * 1024 * 1024;

    /// <summary>Topic aliases that the broker may use; 0 = none. Default 16.</summary>
    [Range(0, ushort.MaxValue)]
    public int TopicAliasMaximum { get; set; } = 16;

    /// <summary>Use topic aliases for topics that are published to often, as far as the broker accepts them. Default true.</summary>
    public bool UseTopicAliases { get; set; } = true;

    /// <summary>Messages that wait for the program; beyond it QoS 0 is dropped and counted, QoS 1 and 2 end the connection. Default 65,536.</summary>
    [Range(1, int.MaxValue)]
    public int MaxUnreadMessages { get; set; } = 65_536;

    /// <summary>Their payloads together, in bytes. Default 64 MiB.</summary>
    [Size, Range(1L, long.MaxValue)]
    public long MaxUnreadBytes { get; set; } = 64 * 1024 * 1024;
}

/// <summary>What publishing, subscribing, unsubscribing and pinging do while there is no connection.</summary>
public enum DisconnectedBehavior
{
    /// <summary>They wait until there is one, and fail when the client has given up.</summary>
    Wait,

    /// <summary>They fail at once.</summary>
    Fail,

    /// <summary>A publish is queued in memory and done for its caller; the others wait.</summary>
    Queue,
}

/// <summary>What happens to a message for which the offline queue has no room.</summary>
public enum QueuePolicy
{
    /// <summary>Its publish fails.</summary>
    Reject,

    /// <summary>The oldest queued messages make room.</summary>
    DropOldest,

    /// <summary>It is dropped and counted; its publish succeeds.</summary>
    DropNewest,
}
