using System.Text;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>
/// What a broker sends on the connections of one receiver, in their order, and which messages of QoS 2 it sends again although it has released them [MQTT-4.3.3-6]. To the receiver such
/// a message is a new one [MQTT-4.3.3-12]. mosquitto 2.0 does it when a connection ends before a PUBREL has gone out on it that went out on an earlier one already.
/// </summary>
internal sealed class BrokerRepeats(ProtocolVersion version)
{
    private readonly Lock _gate = new();
    private readonly List<List<MqttPacket>> _connections = [];

    /// <summary>The payloads of these messages, as text, and how often each was sent again.</summary>
    public IReadOnlyDictionary<string, int> Find()
    {
        var repeated = new Dictionary<string, int>(StringComparer.Ordinal);
        var sent = new Dictionary<ushort, string>();
        var released = new Dictionary<ushort, string>();
        lock (_gate)
        {
            foreach (var packet in _connections.SelectMany(static connection => connection))
            {
                switch (packet)
                {
                    case PublishPacket { QoS: QoS.ExactlyOnce } publish:
                        var text = Encoding.UTF8.GetString(publish.Payload.Span);
                        if (released.Remove(publish.PacketId, out var before) && before == text)
                            repeated[text] = repeated.GetValueOrDefault(text) + 1;
                        sent[publish.PacketId] = text;
                        break;
                    case PubRelPacket release when sent.TryGetValue(release.PacketId, out var known):
                        released[release.PacketId] = known;
                        break;
                }
            }
        }

        return repeated;
    }

    /// <summary>A new connection; the result takes what the broker sends on it.</summary>
    public Action<ReadOnlyMemory<byte>> Begin()
    {
        var packets = new List<MqttPacket>();
        var unread = new List<byte>();
        lock (_gate)
            _connections.Add(packets);
        return bytes =>
        {
            unread.AddRange(bytes.Span);
            lock (_gate)
            {
                while (TryTake(unread) is { } packet)
                    packets.Add(packet);
            }
        };
    }

    private MqttPacket? TryTake(List<byte> unread)
    {
        byte[] bytes = [.. unread];
        if (!FrameHeader.TryRead(bytes, int.MaxValue, out var header) || bytes.Length < header.TotalLength)
            return null;
        unread.RemoveRange(0, header.TotalLength);
        return PacketCodec.Decode(version, header.FirstByte, bytes.AsSpan(header.HeaderLength, header.RemainingLength), PacketSender.Server);
    }
}
