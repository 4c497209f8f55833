using Amqtt.Protocol.Packets;
using Amqtt.Protocol.Tests.Support;
using Amqtt.Testing.Golden;

namespace Amqtt.Protocol.Tests.Packets;

/// <summary>What the decoder tells beyond the packet: versions, limits, log lines.</summary>
public sealed class DecoderTests
{
    [Theory]
    [InlineData("10 0B 0004 'MQTT' 06 02 0000 00", 6, false)]
    [InlineData("10 0B 0004 'MQTT' 03 02 0000 00", 3, true)]
    [InlineData("10 0B 0006 'MQIsdp' 04 02 00", 4, true)]
    [InlineData("10 0B 0004 'MQTT' FF 02 0000 00", 255, false)]
    [InlineData("10 0D 0004 'MQTT' 06 02 0000 0001 'c'", 6, true)]
    [InlineData("10 0E 0004 'MQTT' 06 02 0000 00 0001 'c'", 6, false)]
    [InlineData("10 0C 0004 'MQTT' 63 02 0000 0000", 99, true)]
    [InlineData("10 0D 0004 'MQTT' 63 02 0000 00 0000", 99, false)]
    [InlineData("10 19 0004 'MQTT' 63 C6 0000 0001 'c' 0001 'w' 0001 'x' 0001 'u' 0001 'p'", 99, true)]
    [InlineData("10 1B 0004 'MQTT' 63 C6 0000 00 0001 'c' 00 0001 'w' 0001 'x' 0001 'u' 0001 'p'", 99, false)]
    [InlineData("10 08 0004 'MQTT' 63 02", 99, false)]
    public void An_unsupported_level_is_named(string notation, int level, bool expectsReturnCode)
    {
        var error = Assert.Throws<UnsupportedProtocolVersionException>(() => PacketStream.DecodeOne(ProtocolVersion.V5, Notations.ToBytes(notation)));
        Assert.Equal((level, expectsReturnCode), (error.Level, error.ExpectsReturnCode));
        Assert.Equal(ReasonCode.UnsupportedProtocolVersion, error.Reason);
        Assert.Null(error.Version);
    }

    [Theory]
    [InlineData("10 0A 0004 'MQTT' 05 03 0000", ProtocolVersion.V5)]
    [InlineData("10 0A 0004 'MQTT' 04 03 0000", ProtocolVersion.V311)]
    [InlineData("10 0E 0004 'MQTT' 05 02 0000 03 21 0000", ProtocolVersion.V5)]
    public void An_error_in_CONNECT_says_how_the_client_can_be_answered(string notation, ProtocolVersion version) =>
        Assert.Equal(version, Assert.Throws<CodecException>(() => PacketStream.DecodeOne(ProtocolVersion.V311, Notations.ToBytes(notation))).Version);

    [Fact]
    public void User_properties_are_limited_by_number()
    {
        var wire = PacketCodec.Encode(new PublishPacket { Topic = "a", Properties = new() { UserProperties = [new("a", "b"), new("c", "d")] } }, ProtocolVersion.V5);
        Assert.Equal(2, Properties(new DecoderLimits { MaxUserProperties = 2 }));
        Assert.Equal(ReasonCode.PacketTooLarge, Assert.Throws<CodecException>(() => Properties(new DecoderLimits { MaxUserProperties = 1 })).Reason);
        Assert.Equal(ReasonCode.PacketTooLarge, Assert.Throws<CodecException>(() => Properties(new DecoderLimits { MaxUserProperties = 0 })).Reason);
        Assert.Equal(2, Properties(new DecoderLimits { MaxUserPropertyBytes = 4 }));
        Assert.Equal(ReasonCode.PacketTooLarge, Assert.Throws<CodecException>(() => Properties(new DecoderLimits { MaxUserPropertyBytes = 3 })).Reason);

        int Properties(DecoderLimits limits) =>
            ((PublishPacket)PacketStream.DecodeOne(ProtocolVersion.V5, wire, limits: limits)).Properties.UserProperties.Count;
    }

    [Fact]
    public void The_limits_hold_for_acknowledgements_and_wills_too()
    {
        var properties = new MqttProperties { UserProperties = [new("a", "b")] };
        var limits = new DecoderLimits { MaxUserProperties = 0 };
        MqttPacket[] packets = [new PubAckPacket { PacketId = 1, Properties = properties }, new ConnectPacket { Will = new() { Topic = "a", Properties = properties } }];
        foreach (var packet in packets)
        {
            var wire = PacketCodec.Encode(packet, ProtocolVersion.V5);
            Assert.Equal(ReasonCode.PacketTooLarge, Assert.Throws<CodecException>(() => PacketStream.DecodeOne(ProtocolVersion.V5, wire, limits: limits)).Reason);
        }
    }

    [Fact]
    public void Filters_are_limited_by_number()
    {
        var limits = new DecoderLimits { MaxFilters = 2 };
        MqttPacket[] tooMany =
        [
            new SubscribePacket { PacketId = 1, Subscriptions = [new("a", default), new("b", default), new("c", default)] },
            new UnsubscribePacket { PacketId = 1, Filters = ["a", "b", "c"] },
        ];
        foreach (var packet in tooMany)
        {
            var wire = PacketCodec.Encode(packet, ProtocolVersion.V311);
            Assert.Equal(ReasonCode.PacketTooLarge, Assert.Throws<CodecException>(() => PacketStream.DecodeOne(ProtocolVersion.V311, wire, limits: limits)).Reason);
        }

        var two = PacketCodec.Encode(new UnsubscribePacket { PacketId = 1, Filters = ["a", "b"] }, ProtocolVersion.V311);
        Assert.Equal(2, ((UnsubscribePacket)PacketStream.DecodeOne(ProtocolVersion.V311, two, limits: limits)).Filters.Count);
    }

    [Fact]
    public void A_log_line_shows_neither_password_nor_payload_nor_control_characters()
    {
        var connect = new ConnectPacket
        {
            ClientId = "c\r\n\u202E",
            UserName = "u\"",
            Password = "secret"u8.ToArray(),
            Will = new WillMessage { Topic = "w", Payload = "secret"u8.ToArray() },
            Properties = new() { AuthenticationMethod = "M", AuthenticationData = "secret"u8.ToArray() },
        };
        Assert.Equal(
            "CONNECT version=V5 client=\"c\\u000D\\u000A\\u202E\" keepalive=0 user=\"u\\u0022\" password=6B auth-method=\"M\" auth-data=6B will=\"w\" will-qos=0 will-payload=6B",
            connect.ToString());
        Assert.Equal(
            "PUBLISH topic=\"t\" qos=1 retain id=7 payload=6B user-property=\"k\" value=\"v\"",
            new PublishPacket { Topic = "t", QoS = QoS.AtLeastOnce, PacketId = 7, Retain = true, Payload = "secret"u8.ToArray(), Properties = new() { UserProperties = [new("k", "v")] } }.ToString());
        Assert.Equal("SUBACK id=1 reasons=[0x01,0x80]", new SubAckPacket { PacketId = 1, Reasons = [ReasonCode.GrantedQoS1, ReasonCode.UnspecifiedError] }.ToString());
        Assert.Equal("PUBACK id=2 reason=NotAuthorized(0x87)", new PubAckPacket { PacketId = 2, Reason = ReasonCode.NotAuthorized }.ToString());
    }
}
