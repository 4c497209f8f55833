using Amqtt.Client.Connections;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Publishing;

/// <summary>What the broker says about messages of this client. Runs where packets are read, inside the client's gate.</summary>
internal sealed class AckHandler(Outbox outbox)
{
    public void Handle(PacketType type, in AckFrame ack, Link link)
    {
        outbox.Window.TryFind(ack.PacketId, out var entry);
        var message = entry as Outgoing;
        if (entry is not null && message is null)
            throw Unexpected(type, ack.PacketId);
        switch (type)
        {
            case PacketType.PubAck:
                // One that nobody waits for any more is no error: the answer to a message of an earlier connection.
                if (message is null)
                    return;
                if (message.QoS != QoS.AtLeastOnce)
                    throw Unexpected(type, ack.PacketId);
                Note(message, ack);
                outbox.End(message);
                break;
            case PacketType.PubRec:
                Received(message, ack, link);
                break;
            default:
                if (message is null)
                    return;
                if (message is not { QoS: QoS.ExactlyOnce, Stage: Stage.Released })
                    throw Unexpected(type, ack.PacketId);
                outbox.End(message);
                break;
        }
    }

    private void Received(Outgoing? message, in AckFrame ack, Link link)
    {
        if (message is null)
        {
            if (!ack.Reason.IsError())
                link.AppendAck(PacketType.PubRel, ack.PacketId, ReasonCode.PacketIdentifierNotFound);
            return;
        }

        if (message.QoS != QoS.ExactlyOnce)
            throw Unexpected(PacketType.PubRec, ack.PacketId);
        if (ack.Reason.IsError())
        {
            // The flow ends with it (section 4.3.3).
            Note(message, ack);
            outbox.End(message);
            return;
        }

        if (message.Stage == Stage.Sent)
            Note(message, ack);
        message.Stage = Stage.Released;
        link.AppendAck(PacketType.PubRel, ack.PacketId);
    }

    private static void Note(Outgoing message, in AckFrame ack)
    {
        message.Reason = ack.Reason;
        if (!ack.Properties.IsEmpty)
            message.AckProperties = ((AckPacket)PacketCodec.Decode(ProtocolVersion.V5, (byte)((int)PacketType.PubAck << 4), Rebuild(ack), PacketSender.Server)).Properties;
    }

    // The packet again with its properties: refusals are rare, and there is one decoder for them.
    private static byte[] Rebuild(in AckFrame ack)
    {
        var lengthBytes = Wire.VariableByteIntegerLength(ack.Properties.Length);
        var body = new byte[3 + lengthBytes + ack.Properties.Length];
        Wire.WriteUInt16(body, ack.PacketId);
        body[2] = (byte)ack.Reason;
        Wire.WriteVariableByteInteger(body.AsSpan(3), ack.Properties.Length);
        ack.Properties.CopyTo(body.AsSpan(3 + lengthBytes));
        return body;
    }

    private static CodecException Unexpected(PacketType type, ushort packetId) =>
        new(ReasonCode.ProtocolError, $"{type} for packet identifier {packetId}, whose packet expects another answer.");
}
