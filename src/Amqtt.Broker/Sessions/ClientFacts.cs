using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Sessions;

/// <summary>What the newest CONNECT of a session said, and where it came from. Immutable and replaced as a whole, so that a plugin on any thread reads one connection's facts (P-B11, P-C23).</summary>
internal sealed record ClientFacts
{
    /// <summary>The other end.</summary>
    public required PeerInfo Peer { get; init; }

    /// <summary>What the client speaks.</summary>
    public required ProtocolVersion Version { get; init; }

    /// <summary>Whether the connection asked for a fresh session.</summary>
    public required bool CleanStart { get; init; }

    /// <summary>The user name.</summary>
    public string? UserName { get; init; }

    /// <summary>Whether an authentication plugin let the client in without a name.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>The keep-alive in force; zero = off.</summary>
    public TimeSpan KeepAlive { get; init; }

    /// <summary>The will.</summary>
    public WillMessage? Will { get; init; }

    /// <summary>What an auth plugin granted; null = nothing in particular.</summary>
    public IReadOnlyList<TopicPermission>? Permissions { get; init; }

    /// <summary>What is in front of every topic of the client and invisible to it; null = nothing.</summary>
    public TopicPrefix? Prefix { get; init; }

    /// <summary>When the connection was accepted; null for a session that has never had one.</summary>
    public DateTimeOffset? ConnectedAt { get; init; }
}
