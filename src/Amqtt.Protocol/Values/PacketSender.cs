namespace Amqtt.Protocol;

/// <summary>Which side a packet comes from. Some packets, properties and reason codes belong to one side only.</summary>
public enum PacketSender : byte
{
    /// <summary>Unknown: everything that either side may send is accepted.</summary>
    Either = 0,

    /// <summary>The packet was sent by a client; the decoder runs in a server.</summary>
    Client = 1,

    /// <summary>The packet was sent by a server; the decoder runs in a client.</summary>
    Server = 2,
}
