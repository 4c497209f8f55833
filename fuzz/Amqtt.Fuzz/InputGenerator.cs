using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Fuzz;

/// <summary>Makes input that gets past the first byte: packets in a row, most of them valid, some with wrong bits, lengths or ends.</summary>
internal static class InputGenerator
{
    private static readonly string[] Topics = ["a", "a/b", "a/b/c", "$SYS/x", "é", "/", "a//b", "#", "+/b", "$share/g/a/#"];

    /// <summary>An input for one target.</summary>
    public static byte[] MakeFor(string target, int seed, int number)
    {
        var random = new Random(HashCode(seed, number));
        switch (target)
        {
            case "decoder":
                return Packet(random, number % 2 == 0 ? ProtocolVersion.V5 : ProtocolVersion.V311, first: number < 4);
            case "sequence":
                byte[] steps = new byte[100];
                random.NextBytes(steps);
                return steps;
            default:
                return Make(seed, (number * 3) + target switch { "connection" => 1, "pair" => 2, _ => 0 });
        }
    }

    public static byte[] Make(int seed, int number)
    {
        var random = new Random(HashCode(seed, number));
        var bytes = new List<byte> { (byte)random.Next(256), (byte)random.Next(256) };
        ProtocolVersion version = (bytes[0] & 3) switch { 1 => ProtocolVersion.V5, 2 => ProtocolVersion.V31, _ => ProtocolVersion.V311 };
        if (number % 3 == 0) bytes.Clear(); // the connect target begins with its own first packet
        if (number % 3 == 1) bytes.RemoveAt(1);
        for (int packets = random.Next(1, 6); packets > 0; packets--)
        {
            byte[] packet = Packet(random, version, first: number % 3 == 0 && bytes.Count == 0);
            if (random.Next(3) == 0) packet = Spoil(random, packet);
            if (number % 3 == 2) bytes.AddRange([(byte)random.Next(2), (byte)Math.Min(packet.Length, 255)]); // whose turn it is
            bytes.AddRange(packet);
        }

        return [.. bytes];
    }

    // Not System.HashCode, whose seed is another one in every process.
    private static int HashCode(int seed, int number) => unchecked((seed * 486_187_739) + (number * 16_777_619));

    private static byte[] Packet(Random random, ProtocolVersion version, bool first)
    {
        ushort id = (ushort)random.Next(1, 5);
        string topic = Topics[random.Next(Topics.Length)];
        MqttPacket packet = (first ? 0 : random.Next(12)) switch
        {
            0 => new ConnectPacket
            {
                Version = version,
                ClientId = random.Next(3) == 0 ? "" : $"c{random.Next(4)}",
                CleanStart = random.Next(4) != 0,
                KeepAlive = (ushort)random.Next(100),
                Will = random.Next(2) == 0 ? new WillMessage { Topic = "a/b", Payload = new byte[random.Next(20)], QoS = (QoS)random.Next(3) } : null,
            },
            1 or 2 or 3 => Publish(random, topic, id),
            4 => new PubAckPacket { PacketId = id },
            5 => new PubRecPacket { PacketId = id },
            6 => new PubRelPacket { PacketId = id },
            7 => new PubCompPacket { PacketId = id },
            8 => new SubscribePacket { PacketId = id, Subscriptions = [new(topic, new() { QoS = (QoS)random.Next(3) }), new("a/#", default)] },
            9 => new UnsubscribePacket { PacketId = id, Filters = [topic] },
            10 => new DisconnectPacket(),
            _ => PingReqPacket.Instance,
        };
        try
        {
            return PacketCodec.Encode(packet, version);
        }
        catch (CodecException)
        {
            return [(byte)random.Next(256), (byte)random.Next(256)]; // a topic that cannot be sent
        }
    }

    private static PublishPacket Publish(Random random, string topic, ushort id)
    {
        var qos = (QoS)random.Next(3);
        return new PublishPacket
        {
            Topic = topic,
            Payload = new byte[random.Next(40)],
            QoS = qos,
            PacketId = qos == QoS.AtMostOnce ? (ushort)0 : id,
            Retain = random.Next(4) == 0,
            Dup = qos != QoS.AtMostOnce && random.Next(4) == 0,
        };
    }

    private static byte[] Spoil(Random random, byte[] packet)
    {
        switch (random.Next(5))
        {
            case 0:
                packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
                return packet;
            case 1:
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
                return packet;
            case 2:
                return packet[..random.Next(packet.Length)];
            case 3:
                return [packet[0], 0xFF, 0xFF, 0xFF, (byte)random.Next(256), .. packet[1..]];
            default:
                byte[] junk = new byte[random.Next(1, 30)];
                random.NextBytes(junk);
                return [.. packet, .. junk];
        }
    }
}
