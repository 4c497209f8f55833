using System.Text;
using Amqtt.Protocol.Packets;

namespace Amqtt.Protocol.Tests.Support;

/// <summary>Holds the span readers against the object decoder: same packets accepted, same fields.</summary>
internal static class FrameAgreement
{
    public static void Check(ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body, PacketSender sender)
    {
        var type = (PacketType)(firstByte >> 4);
        if (type is PacketType.Publish) CheckPublish(version, firstByte, body, sender);
        else if (type is PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp) CheckAck(version, firstByte, body);
    }

    private static void CheckPublish(ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body, PacketSender sender)
    {
        var fromClient = sender != PacketSender.Server;
        PublishPacket packet;
        try
        {
            packet = (PublishPacket)PacketCodec.Decode(version, firstByte, body, fromClient ? PacketSender.Client : PacketSender.Server);
        }
        catch (CodecException error)
        {
            try
            {
                _ = new PublishFrame(version, firstByte, body, fromClient);
            }
            catch (CodecException same)
            {
                Assert.Equal(error.Reason, same.Reason);
                return;
            }

            Assert.Fail("The frame reader accepts what the decoder refuses.");
            return;
        }

        var frame = new PublishFrame(version, firstByte, body, fromClient);
        var properties = frame.Properties;
        Assert.Equal(packet.Topic, Encoding.UTF8.GetString(frame.Topic));
        Assert.Equal(packet.Payload.ToArray(), frame.Payload.ToArray());
        Assert.Equal((packet.QoS, packet.Retain, packet.Dup, packet.PacketId), (frame.QoS, frame.Retain, frame.Dup, frame.PacketId));
        Assert.Equal(packet.Properties.PayloadFormatIndicator, properties.PayloadFormatIndicator);
        Assert.Equal(packet.Properties.MessageExpiryInterval, properties.MessageExpiryInterval);
        Assert.Equal(packet.Properties.TopicAlias, properties.TopicAlias);
        Assert.Equal(packet.Properties.ContentType, properties.HasContentType ? Encoding.UTF8.GetString(properties.ContentType) : null);
        Assert.Equal(packet.Properties.ResponseTopic ?? "", Encoding.UTF8.GetString(properties.ResponseTopic));
        Assert.Equal(packet.Properties.CorrelationData?.ToArray(), properties.HasCorrelationData ? properties.CorrelationData.ToArray() : null);
        Assert.Equal(packet.Properties.UserProperties.Count, properties.UserPropertyCount);
        Assert.Equal(packet.Properties.UserProperties.Sum(p => Encoding.UTF8.GetByteCount(p.Name) + Encoding.UTF8.GetByteCount(p.Value)), properties.UserPropertyBytes);
    }

    private static void CheckAck(ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body)
    {
        var type = (PacketType)(firstByte >> 4);
        AckPacket packet;
        try
        {
            packet = (AckPacket)PacketCodec.Decode(version, firstByte, body);
        }
        catch (CodecException)
        {
            return; // flags are not the frame's business, so it may accept more
        }

        var frame = AckFrame.Parse(version, type, body);
        Assert.Equal((packet.PacketId, packet.Reason), (frame.PacketId, frame.Reason));
        Assert.Equal(packet.Properties.ReasonString is null && packet.Properties.UserProperties.Count == 0, frame.Properties.IsEmpty);
    }
}
