using Amqtt.Protocol.Packets;
using Amqtt.Protocol.Tests.Support;
using Amqtt.Testing.Golden;
using CsCheck;

namespace Amqtt.Protocol.Tests.Framing;

public sealed class PublishPropertiesTests
{
    [Fact]
    public void Absent_properties_are_null_or_empty()
    {
        var properties = PublishProperties.Parse(default, fromClient: true);
        Assert.True(properties.IsEmpty);
        Assert.Null(properties.PayloadFormatIndicator);
        Assert.Null(properties.MessageExpiryInterval);
        Assert.Null(properties.TopicAlias);
        Assert.False(properties.HasContentType || properties.HasCorrelationData);
        Assert.True(properties.ContentType.IsEmpty && properties.CorrelationData.IsEmpty && properties.ResponseTopic.IsEmpty);
        Assert.Equal((0, 0, 0), (properties.UserPropertyCount, properties.UserPropertyBytes, properties.ForwardLength));
    }

    [Fact]
    public void Zero_is_not_absent()
    {
        var properties = PublishProperties.Parse(Notations.ToBytes("01 00 02 00000000"), fromClient: true);
        Assert.Equal((byte)0, properties.PayloadFormatIndicator);
        Assert.Equal(0u, properties.MessageExpiryInterval);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("01 01 26 0001 'k' 0001 'v'", "01 01 26 0001 'k' 0001 'v'")]
    [InlineData("23 0001", "")]
    [InlineData("26 0001 'b' 0000 02 00000001 26 0001 'a' 0000 23 0009 0B FF7F 08 0001 't'", "26 0001 'b' 0000 26 0001 'a' 0000 08 0001 't'")]
    [InlineData("0B 01 0B 02 03 0001 'c' 09 0001 FF", "03 0001 'c' 09 0001 FF")]
    public void What_is_forwarded_keeps_its_bytes_and_order(string received, string forwarded)
    {
        var properties = PublishProperties.Parse(Notations.ToBytes(received), fromClient: false);
        var copy = new byte[properties.ForwardLength];
        properties.CopyForwardTo(copy);
        Assert.Equal(Convert.ToHexString(Notations.ToBytes(forwarded)), Convert.ToHexString(copy));
    }

    [Fact]
    public void Forwarding_drops_alias_identifiers_and_expiry_and_nothing_else() => PropertiesGen.Publish.Sample(
        original =>
        {
            var wire = PacketCodec.Encode(new PublishPacket { Topic = "t", Properties = original }, ProtocolVersion.V5);
            FrameHeader.TryRead(wire, int.MaxValue, out var header);
            var received = new PublishFrame(ProtocolVersion.V5, header.FirstByte, wire.AsSpan(header.HeaderLength), fromClient: false).Properties;
            var copy = new byte[received.ForwardLength];
            received.CopyForwardTo(copy);

            var expected = new MqttProperties
            {
                PayloadFormatIndicator = original.PayloadFormatIndicator,
                ContentType = original.ContentType,
                ResponseTopic = original.ResponseTopic,
                CorrelationData = original.CorrelationData,
                UserProperties = original.UserProperties,
            };
            var expectedWire = PacketCodec.Encode(new PublishPacket { Topic = "t", Properties = expected }, ProtocolVersion.V5);
            FrameHeader.TryRead(expectedWire, int.MaxValue, out header);
            var expectedRaw = new PublishFrame(ProtocolVersion.V5, header.FirstByte, expectedWire.AsSpan(header.HeaderLength)).Properties.Raw;
            Assert.Equal(Convert.ToHexString(expectedRaw), Convert.ToHexString(copy));
        },
        iter: 2000);

    [Fact]
    public void A_subscription_identifier_is_for_servers_only()
    {
        byte[] raw = [0x0B, 0x01];
        Assert.Equal(2, PublishProperties.Parse(raw, fromClient: false).Raw.Length);
        Assert.Equal(ReasonCode.ProtocolError, Assert.Throws<CodecException>(() => PublishProperties.Parse(raw, fromClient: true)).Reason);
    }

    [Fact]
    public void User_properties_are_counted()
    {
        var properties = PublishProperties.Parse(Notations.ToBytes("26 0001 'k' 0002 'vv' 26 0000 0003 'abc'"), fromClient: true);
        Assert.Equal((2, 6), (properties.UserPropertyCount, properties.UserPropertyBytes));
    }
}
