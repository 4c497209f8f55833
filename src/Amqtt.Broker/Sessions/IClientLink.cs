using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Sessions;

/// <summary>The connection of a session's client, as the session sees it. On the session's loop only.</summary>
internal interface IClientLink
{
    /// <summary>Where packets to the client go.</summary>
    Channel Channel { get; }

    /// <summary>What the client speaks.</summary>
    ProtocolVersion Version { get; }

    /// <summary>The largest packet the client takes [MQTT-3.1.2-24].</summary>
    uint MaximumPacketSize { get; }

    /// <summary>Deliveries that may be in flight: the client's Receive Maximum and our own bound, whichever is lower [MQTT-3.3.4-9].</summary>
    int SendQuota { get; }

    /// <summary>The aliases for topics in what the client is sent; null if it takes none, as most.</summary>
    OutgoingAliases? Aliases { get; }

    /// <summary>Ends the connection with DISCONNECT <paramref name="reason"/> where the version has it.</summary>
    void Disconnect(ReasonCode reason, string? text = null);

    /// <summary>What is taken off the topics that the client is sent; null = nothing.</summary>
    TopicPrefix? Prefix { get; }

    /// <summary>Ends the connection because somebody other than the client wants it, with DISCONNECT <paramref name="reason"/> and where to go instead, where the version has it.</summary>
    void Close(ReasonCode reason, string? text, DisconnectCause cause, bool sendWill, string? serverReference = null, DeniedBy by = default);

    /// <summary>A packet has been appended to the output; called only while somebody observes packets.</summary>
    void PacketAppended(ReadOnlySpan<byte> packet);
}
