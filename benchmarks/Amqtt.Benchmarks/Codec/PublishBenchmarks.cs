using System.Buffers;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using BenchmarkDotNet.Attributes;

namespace Amqtt.Benchmarks.Codec;

/// <summary>
/// One PUBLISH with a topic of 20 and a payload of 64 bytes, QoS 0. "Parse" is what the broker does with every message: fixed header, flags,
/// all validation, views. "Decode" and "Encode" are the objects of plugins and the client.
/// </summary>
[MemoryDiagnoser]
public class PublishBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private readonly PublishPacket _plain = Packet(MqttProperties.Empty);
    private readonly PublishPacket _rich = Packet(new MqttProperties
    {
        PayloadFormatIndicator = 1,
        ContentType = "application/json",
        ResponseTopic = "answers/7",
        UserProperties = [new("source", "sensor-17")],
    });

    private byte[] _v311 = [];
    private byte[] _v5 = [];
    private byte[] _v5Properties = [];
    private byte[] _ack = [];

    [GlobalSetup]
    public void Setup()
    {
        _v311 = PacketCodec.Encode(_plain, ProtocolVersion.V311);
        _v5 = PacketCodec.Encode(_plain, ProtocolVersion.V5);
        _v5Properties = PacketCodec.Encode(_rich, ProtocolVersion.V5);
        _ack = PacketCodec.Encode(new PubAckPacket { PacketId = 7 }, ProtocolVersion.V311);
    }

    [Benchmark(Baseline = true)]
    public int Parse_V311() => Parse(ProtocolVersion.V311, _v311);

    [Benchmark]
    public int Parse_V5() => Parse(ProtocolVersion.V5, _v5);

    [Benchmark]
    public int Parse_V5_FourProperties() => Parse(ProtocolVersion.V5, _v5Properties);

    [Benchmark]
    public int Parse_Puback_V311()
    {
        FrameHeader.TryRead(_ack, int.MaxValue, out var header);
        header.ValidateFlags(ProtocolVersion.V311);
        return AckFrame.Parse(ProtocolVersion.V311, header.Type, _ack.AsSpan(header.HeaderLength)).PacketId;
    }

    [Benchmark]
    public MqttPacket Decode_V311() => PacketCodec.Decode(ProtocolVersion.V311, _v311[0], _v311.AsSpan(2));

    [Benchmark]
    public MqttPacket Decode_V5_FourProperties() => PacketCodec.Decode(ProtocolVersion.V5, _v5Properties[0], _v5Properties.AsSpan(3));

    [Benchmark]
    public int Encode_V311() => Encode(_plain, ProtocolVersion.V311);

    [Benchmark]
    public int Encode_V5_FourProperties() => Encode(_rich, ProtocolVersion.V5);

    private static int Parse(ProtocolVersion version, byte[] wire)
    {
        FrameHeader.TryRead(wire, int.MaxValue, out var header);
        header.ValidateFlags(version);
        var frame = new PublishFrame(version, header.FirstByte, wire.AsSpan(header.HeaderLength, header.RemainingLength));
        return frame.Topic.Length + frame.Payload.Length;
    }

    private static PublishPacket Packet(MqttProperties properties) =>
        new() { Topic = "sensors/kitchen/t/20", Payload = new byte[64], Properties = properties };

    private int Encode(PublishPacket packet, ProtocolVersion version)
    {
        _output.ResetWrittenCount();
        PacketCodec.Encode(packet, version, _output);
        return _output.WrittenCount;
    }
}
