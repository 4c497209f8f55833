using System.Buffers;
using Amqtt.Protocol.Packets;

namespace Amqtt.Protocol.Tests.Packets;

/// <summary>What the encoder refuses, and what it translates for older versions.</summary>
public sealed class EncoderTests
{
    private static readonly string TooLong = new('x', 65_536);

    public static TheoryData<string, ReasonCode, MqttPacket> Refused => new()
    {
        { "packet id 0", ReasonCode.ProtocolError, new PubAckPacket { PacketId = 0 } },
        { "QoS 1 without packet id", ReasonCode.ProtocolError, new PublishPacket { Topic = "a", QoS = QoS.AtLeastOnce } },
        { "QoS 3", ReasonCode.MalformedPacket, new PublishPacket { Topic = "a", QoS = (QoS)3, PacketId = 1 } },
        { "wildcard in a topic", ReasonCode.ProtocolError, new PublishPacket { Topic = "a/+" } },
        { "empty topic", ReasonCode.ProtocolError, new PublishPacket { Topic = "" } },
        { "long topic", ReasonCode.MalformedPacket, new PublishPacket { Topic = TooLong } },
        { "long topic of long characters", ReasonCode.MalformedPacket, new PublishPacket { Topic = new string('温', 30_000) } },
        { "lone surrogate", ReasonCode.MalformedPacket, new PublishPacket { Topic = "a\uD800" } },
        { "U+0000", ReasonCode.MalformedPacket, new PublishPacket { Topic = "a\0" } },
        { "property of another packet", ReasonCode.MalformedPacket, new PublishPacket { Topic = "a", Properties = new() { ReceiveMaximum = 1 } } },
        { "value of a property", ReasonCode.ProtocolError, new ConnAckPacket { Properties = new() { MaximumQoS = QoS.ExactlyOnce } } },
        { "topic alias 0", ReasonCode.TopicAliasInvalid, new PublishPacket { Topic = "a", Properties = new() { TopicAlias = 0 } } },
        { "large subscription identifier", ReasonCode.MalformedPacket, new PublishPacket { Topic = "a", Properties = new() { SubscriptionIdentifiers = [268_435_456] } } },
        { "long password", ReasonCode.MalformedPacket, new ConnectPacket { Password = new byte[65_536] } },
        { "protocol version", ReasonCode.UnsupportedProtocolVersion, new ConnectPacket { Version = (ProtocolVersion)6 } },
        { "will topic", ReasonCode.ProtocolError, new ConnectPacket { Will = new WillMessage { Topic = "#" } } },
        { "no filter", ReasonCode.ProtocolError, new SubscribePacket { PacketId = 1, Subscriptions = [] } },
        { "empty filter", ReasonCode.ProtocolError, new UnsubscribePacket { PacketId = 1, Filters = [""] } },
        { "subscription QoS 3", ReasonCode.ProtocolError, new SubscribePacket { PacketId = 1, Subscriptions = [new("a", new() { QoS = (QoS)3 })] } },
        { "no reason", ReasonCode.ProtocolError, new SubAckPacket { PacketId = 1, Reasons = [] } },
        { "reason of another packet", ReasonCode.ProtocolError, new PubCompPacket { PacketId = 1, Reason = ReasonCode.NotAuthorized } },
        { "refusal with session present", ReasonCode.ProtocolError, new ConnAckPacket { SessionPresent = true, Reason = ReasonCode.Banned } },
        { "authentication data without method", ReasonCode.ProtocolError, new AuthPacket { Reason = ReasonCode.ContinueAuthentication, Properties = new() { AuthenticationData = new byte[1] } } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_receiver_would_refuse_is_not_written(string what, ReasonCode reason, MqttPacket packet)
    {
        var output = new ArrayBufferWriter<byte>();
        var error = Assert.ThrowsAny<CodecException>(() => PacketCodec.Encode(packet, ProtocolVersion.V5, output));
        Assert.True(error.Reason == reason, $"{what}: {error.Message}");
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Auth_does_not_exist_before_version_5() =>
        Assert.Throws<CodecException>(() => PacketCodec.Encode(new AuthPacket(), ProtocolVersion.V311));

    [Fact]
    public void A_password_without_user_name_needs_version_5() =>
        Assert.Throws<CodecException>(() => PacketCodec.Encode(new ConnectPacket { Version = ProtocolVersion.V311, Password = new byte[1] }, ProtocolVersion.V311));

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    public void Properties_and_reasons_are_left_out_before_version_5(ProtocolVersion version)
    {
        var properties = new MqttProperties { UserProperties = [new("k", "v")] };
        var reason = ReasonCode.NotAuthorized;
        Assert.Equal([0x40, 2, 0, 1], PacketCodec.Encode(new PubAckPacket { PacketId = 1, Reason = reason, Properties = properties }, version));
        Assert.Equal([0x30, 4, 0, 1, (byte)'a', 9], PacketCodec.Encode(new PublishPacket { Topic = "a", Payload = new byte[] { 9 }, Properties = properties }, version));
        Assert.Equal([0xE0, 0], PacketCodec.Encode(new DisconnectPacket { Reason = reason, Properties = properties }, version));
        Assert.Equal([0xB0, 2, 0, 1], PacketCodec.Encode(new UnsubAckPacket { PacketId = 1, Reasons = [reason], Properties = properties }, version));
        Assert.Equal([0x90, 4, 0, 1, 1, 0x80], PacketCodec.Encode(new SubAckPacket { PacketId = 1, Reasons = [ReasonCode.GrantedQoS1, reason], Properties = properties }, version));
        Assert.Equal([0x20, 2, 0, 5], PacketCodec.Encode(new ConnAckPacket { Reason = reason, Properties = properties }, version));
        Assert.Equal(
            [0x82, 6, 0, 1, 0, 1, (byte)'a', 1],
            PacketCodec.Encode(new SubscribePacket { PacketId = 1, Subscriptions = [new("a", new() { QoS = QoS.AtLeastOnce, NoLocal = true })] }, version));
    }

    [Fact]
    public void Session_present_is_not_said_in_version_31() =>
        Assert.Equal([0x20, 2, 0, 0], PacketCodec.Encode(new ConnAckPacket { SessionPresent = true }, ProtocolVersion.V31));

    [Fact]
    public void Empty_property_objects_take_no_more_room_than_none()
    {
        Assert.Equal([0x40, 2, 0, 1], PacketCodec.Encode(new PubAckPacket { PacketId = 1, Properties = new() }, ProtocolVersion.V5));
        Assert.Equal([0xF0, 0], PacketCodec.Encode(new AuthPacket { Properties = new() }, ProtocolVersion.V5));
    }

    [Fact]
    public void A_large_payload_is_written_with_four_length_bytes()
    {
        var wire = PacketCodec.Encode(new PublishPacket { Topic = "a", Payload = new byte[3_000_000] }, ProtocolVersion.V311);
        Assert.True(FrameHeader.TryRead(wire, int.MaxValue, out var header));
        Assert.Equal((5, 3_000_003), (header.HeaderLength, header.RemainingLength));
        Assert.Equal(wire.Length, header.TotalLength);
    }
}
