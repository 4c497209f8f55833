using Amqtt.Protocol.Packets;

namespace Amqtt.Protocol.Tests.Framing;

/// <summary>The hot path allocates nothing: a count of bytes, not a time.</summary>
public sealed class AllocationTests
{
    private static readonly byte[] Plain = Packet(ProtocolVersion.V311, MqttProperties.Empty);

    private static readonly byte[] WithProperties = Packet(ProtocolVersion.V5, new()
    {
        PayloadFormatIndicator = 1,
        MessageExpiryInterval = 60,
        ContentType = "text/plain; п",
        ResponseTopic = "answers/here",
        CorrelationData = new byte[8],
        TopicAlias = 3,
        UserProperties = [new("name", "value"), new("имя", "значение")],
    });

    private static readonly byte[] Ack = PacketCodec.Encode(
        new PubAckPacket { PacketId = 7, Reason = ReasonCode.NotAuthorized, Properties = new() { ReasonString = "no", UserProperties = [new("k", "v")] } }, ProtocolVersion.V5)[2..];

    private readonly byte[] _destination = new byte[256];

    [Fact]
    public void Parsing_a_PUBLISH_of_version_311() => AssertNothingAllocated(() => Parse(ProtocolVersion.V311, Plain));

    [Fact]
    public void Parsing_a_PUBLISH_of_version_5() => AssertNothingAllocated(() => Parse(ProtocolVersion.V5, WithProperties));

    [Fact]
    public void Forwarding_properties() => AssertNothingAllocated(() =>
    {
        FrameHeader.TryRead(WithProperties, int.MaxValue, out var header);
        var frame = new PublishFrame(ProtocolVersion.V5, header.FirstByte, WithProperties.AsSpan(header.HeaderLength));
        frame.Properties.CopyForwardTo(_destination);
        return frame.Properties.ForwardLength;
    });

    [Fact]
    public void Parsing_an_acknowledgement() => AssertNothingAllocated(() => AckFrame.Parse(ProtocolVersion.V5, PacketType.PubAck, Ack).Properties.Length);

    [Fact]
    public void Checking_and_matching_topics() => AssertNothingAllocated(() =>
    {
        var valid = TopicName.IsValid("дом/кухня/температура"u8) && TopicFilter.IsValid("$share/g/a/+/#"u8) && TopicFilter.IsValid("a/+/c");
        var matches = TopicFilter.Matches("a/+/#"u8, "a/b/c/d"u8) && TopicFilter.Matches("a/+/#", "a/b") && TopicFilter.Contains("a/#"u8, "a/+/b"u8);
        return valid && matches ? 1 : 0;
    });

    private static int Parse(ProtocolVersion version, byte[] wire)
    {
        FrameHeader.TryRead(wire, int.MaxValue, out var header);
        header.ValidateFlags(version);
        var frame = new PublishFrame(version, header.FirstByte, wire.AsSpan(header.HeaderLength));
        return frame.Topic.Length + frame.Payload.Length + frame.PacketId + frame.Properties.ResponseTopic.Length;
    }

    private static void AssertNothingAllocated(Func<int> action)
    {
        const int warmUp = 100, calls = 1000;
        for (var i = 0; i < warmUp; i++) Assert.NotEqual(0, action());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < calls; i++) action();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Packet(ProtocolVersion version, MqttProperties properties) => PacketCodec.Encode(
        new PublishPacket { Topic = "sensors/kitchen/t/20", QoS = QoS.AtLeastOnce, PacketId = 1, Payload = new byte[64], Properties = properties }, version);
}
