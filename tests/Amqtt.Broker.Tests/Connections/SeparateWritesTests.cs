using System.Net;
using Amqtt.Broker.Tests.Conformance;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Connections;

/// <summary>What is written by itself, for clients that take one read for one packet.</summary>
public sealed class SeparateWritesTests
{
    [Theory]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task Retained_messages_come_behind_the_suback_and_what_was_queued_behind_the_connack(ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        WireClient publisher = await broker.ConnectAsync("publisher");
        await publisher.PublishAsync("t/1", "retained", QoS.AtLeastOnce, retain: true);
        await publisher.PublishAsync("t/2", "retained", QoS.AtLeastOnce, retain: true);

        (WireClient client, Writes writes) = await ConnectAsync(broker, version);
        await client.SubscribeAsync("t/#");
        await client.TakeAsync("retained");
        await client.TakeAsync("retained");
        Assert.Equal([PacketType.ConnAck, PacketType.SubAck, PacketType.Publish], writes.FirstPackets);

        await client.SubscribeAsync("q", QoS.AtLeastOnce);
        await client.DisconnectAsync();
        await publisher.PublishAsync("q", "queued", QoS.AtLeastOnce);
        (client, writes) = await ConnectAsync(broker, version);
        await client.TakeAsync("queued");
        Assert.Equal([PacketType.ConnAck, PacketType.Publish], writes.FirstPackets);
    }

    private static async Task<(WireClient Client, Writes Writes)> ConnectAsync(TestBroker broker, ProtocolVersion version)
    {
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        var writes = new Writes(far);
        _ = broker.Broker.ServeAsync(writes, "default", new IPEndPoint(IPAddress.Loopback, 1));
        var client = new WireClient(near) { Version = version };
        MqttProperties? lasting = version == ProtocolVersion.V5 ? new MqttProperties { SessionExpiryInterval = 60 } : null;
        await client.ConnectAsync("c", version, cleanStart: false, properties: lasting);
        return (client, writes);
    }

    /// <summary>Remembers the first packet of each write of the broker.</summary>
    private sealed class Writes(Stream inner) : StreamAround(inner)
    {
        private readonly List<PacketType> _first = [];

        public IReadOnlyList<PacketType> FirstPackets
        {
            get
            {
                lock (_first) return [.. _first];
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (_first) _first.Add((PacketType)(buffer.Span[0] >> 4));
            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
