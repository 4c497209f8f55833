using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>What counts as a message that the broker sends twice, and what does not.</summary>
public sealed class BrokerRepeatsTests
{
    private readonly BrokerRepeats _repeats = new(ProtocolVersion.V311);

    [Fact]
    public void A_message_after_its_PUBREL_on_whatever_connection_is_one()
    {
        Send(_repeats.Begin(), Publish("m"), new PubRelPacket { PacketId = 1 });
        Send(_repeats.Begin());
        Send(_repeats.Begin(), Publish("m", dup: true));
        Assert.Equal(new Dictionary<string, int>(StringComparer.Ordinal) { ["m"] = 1 }, _repeats.Find());
    }

    [Fact]
    public void One_before_its_PUBREL_is_none_nor_is_another_message_with_its_identifier()
    {
        Send(_repeats.Begin(), Publish("m"));
        Send(_repeats.Begin(), Publish("m", dup: true), new PubRelPacket { PacketId = 1 });
        Send(_repeats.Begin(), new PubRelPacket { PacketId = 1 }, Publish("other"), Publish("other", dup: true));
        Assert.Empty(_repeats.Find());
    }

    private static PublishPacket Publish(string text, bool dup = false) =>
        new() { Topic = "t", QoS = QoS.ExactlyOnce, PacketId = 1, Dup = dup, Payload = System.Text.Encoding.UTF8.GetBytes(text) };

    // In pieces, as from a socket.
    private static void Send(Action<ReadOnlyMemory<byte>> connection, params MqttPacket[] packets)
    {
        foreach (var packet in packets)
        {
            ReadOnlyMemory<byte> bytes = PacketCodec.Encode(packet, ProtocolVersion.V311);
            connection(bytes[..1]);
            connection(bytes[1..]);
        }
    }
}
