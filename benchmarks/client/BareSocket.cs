using System.Net.Sockets;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Benchmarks.Client;

/// <summary>
/// No client: one thread that blocks on a socket, answers what the standard wants answered, and hands nothing to anybody. What a message costs here is the operating system's
/// and no client's to save. Publishes one message at a time.
/// </summary>
internal sealed class BareSocket : IBenchClient
{
    private const ProtocolVersion Version = ProtocolVersion.V5;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _input = new byte[64 * 1024];
    private int _start;
    private int _end;
    private ushort _lastId;

    public Task ConnectAsync(int port)
    {
        _socket.Connect("127.0.0.1", port);
        Send(new ConnectPacket { ClientId = "bare", CleanStart = true, Version = Version, Properties = new() { ReceiveMaximum = AmqttBench.ReceiveMaximum } });
        Expect(PacketType.ConnAck);
        return Task.CompletedTask;
    }

    public ValueTask PublishAsync(string topic, byte[] payload, int qos)
    {
        var id = NextId();
        Send(new PublishPacket { Topic = topic, Payload = payload, QoS = (QoS)qos, PacketId = qos > 0 ? id : (ushort)0 });
        if (qos == 1)
            Expect(PacketType.PubAck);
        if (qos != 2)
            return default;
        Expect(PacketType.PubRec);
        Answer(PacketType.PubRel, flags: 2, id);
        Expect(PacketType.PubComp);
        return default;
    }

    public Task SubscribeAsync(string topic, int qos, Action<int> received)
    {
        Send(new SubscribePacket { PacketId = NextId(), Subscriptions = [new(topic, new() { QoS = (QoS)qos })] });
        Expect(PacketType.SubAck);
        new Thread(() => Receive(received)) { IsBackground = true }.Start();
        return Task.CompletedTask;
    }

    public Task FinishAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    private void Receive(Action<int> received)
    {
        while (true)
        {
            var body = Next(out var header);
            switch (header.Type)
            {
                case PacketType.Publish:
                    var message = new PublishFrame(Version, header.FirstByte, body, fromClient: false);
                    received(message.Payload.Length);
                    if (message.QoS != QoS.AtMostOnce)
                        Answer(message.QoS == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, flags: 0, message.PacketId);
                    break;
                case PacketType.PubRel:
                    Answer(PacketType.PubComp, flags: 0, AckFrame.Parse(Version, header.Type, body).PacketId);
                    break;
                default:
                    throw new InvalidOperationException($"{header.Type} was not expected.");
            }
        }
    }

    private void Expect(PacketType type)
    {
        Next(out var header);
        if (header.Type != type)
            throw new InvalidOperationException($"{header.Type} came instead of {type}.");
    }

    private ReadOnlySpan<byte> Next(out FrameHeader header)
    {
        while (!FrameHeader.TryRead(_input.AsSpan(_start, _end - _start), _input.Length, out header) || _end - _start < header.TotalLength)
        {
            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
            var count = _socket.Receive(_input.AsSpan(_end));
            if (count == 0)
                throw new InvalidOperationException("The broker has closed the connection.");
            _end += count;
        }

        var body = _input.AsSpan(_start + header.HeaderLength, header.RemainingLength);
        _start += header.TotalLength;
        return body;
    }

    private void Answer(PacketType type, int flags, ushort packetId) => _socket.Send([(byte)(((int)type << 4) | flags), 2, (byte)(packetId >> 8), (byte)packetId]);

    private void Send(MqttPacket packet) => _socket.Send(PacketCodec.Encode(packet, Version));

    private ushort NextId() => ++_lastId == 0 ? ++_lastId : _lastId;
}
