using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>
/// The facts of a session that plugins may read, from any thread. The session lives on while it is read: every value is the
/// one of the moment, and two reads may see different moments.
/// </summary>
public interface ISession
{
    /// <summary>The client identifier.</summary>
    string ClientId { get; }

    /// <summary>Clean Session (3.1, 3.1.1) or Clean Start (5.0) of the last CONNECT.</summary>
    bool CleanSession { get; }

    /// <summary>The user name of the last CONNECT, or null.</summary>
    string? UserName { get; }

    /// <summary>Who the session belongs to: the user name, unless an auth plugin set another identity; null for anonymous clients.</summary>
    string? Identity => UserName;

    /// <summary>The client was admitted without saying who it is.</summary>
    bool IsAnonymous { get; }

    /// <summary>Where the client connected from; null for transports without addresses and for a session that never had a connection.</summary>
    IPAddress? RemoteAddress { get; }

    /// <summary>The port belonging to <see cref="RemoteAddress"/>, or 0.</summary>
    int RemotePort { get; }

    /// <summary>The name of the listener the client came through, as configured; empty for a session that never had a connection.</summary>
    string Listener { get; }

    /// <summary>The certificate the client presented, or null.</summary>
    X509Certificate2? PeerCertificate { get; }

    /// <summary>The protocol version of the last CONNECT.</summary>
    ProtocolVersion ProtocolVersion { get; }

    /// <summary>The keep-alive in force; zero means none.</summary>
    TimeSpan KeepAlive { get; }

    /// <summary>The will that the broker would publish, or null.</summary>
    WillMessage? Will { get; }

    /// <summary>When the client last connected, or null.</summary>
    DateTimeOffset? LastConnectTime { get; }

    /// <summary>When the client was last disconnected, or null.</summary>
    DateTimeOffset? LastDisconnectTime { get; }

    /// <summary>How long the session outlives its connection: zero = not at all, <see cref="Timeout.InfiniteTimeSpan"/> = for ever.</summary>
    TimeSpan Expiry => TimeSpan.Zero;

    /// <summary>Whether the client is connected.</summary>
    SessionState State { get; }

    /// <summary>QoS 1 and 2 messages from the client that are not completed yet.</summary>
    int InflightIn { get; }

    /// <summary>QoS 1 and 2 messages to the client that are not completed yet.</summary>
    int InflightOut { get; }

    /// <summary>Messages that wait for the client.</summary>
    int QueuedMessages { get; }

    /// <summary>Whether the last CONNACK said that a session was present.</summary>
    bool SessionPresent { get; }

    /// <summary>What plugins remember about this client; it lives as long as the session.</summary>
    SessionAttributes Attributes { get; }
}

/// <summary>The state of a session.</summary>
public enum SessionState
{
    /// <summary>It has no connection and never had one.</summary>
    New,

    /// <summary>Its client is connected.</summary>
    Connected,

    /// <summary>Its client was connected before.</summary>
    Disconnected,
}
