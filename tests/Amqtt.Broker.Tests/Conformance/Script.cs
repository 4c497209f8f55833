using System.Text;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>The steps of conformance scripts that acknowledge nothing by themselves.</summary>
internal static class Script
{
    /// <summary>A filter with its options.</summary>
    public static SubscriptionRequest Filter(
        string filter,
        QoS qos = QoS.AtMostOnce,
        bool noLocal = false,
        bool retainAsPublished = false,
        RetainHandling handling = RetainHandling.SendAtSubscribe) =>
        new(filter, new SubscriptionOptions { QoS = qos, NoLocal = noLocal, RetainAsPublished = retainAsPublished, RetainHandling = handling });

    /// <summary>A client whose session outlives its connection.</summary>
    public static Task<WireClient> ConnectPersistentAsync(this TestBroker broker, string clientId, ProtocolVersion version = ProtocolVersion.V5, ushort? receiveMaximum = null, uint? maximumPacketSize = null) =>
        broker.ConnectAsync(
            clientId,
            version,
            cleanStart: false,
            version == ProtocolVersion.V5 ? new MqttProperties { SessionExpiryInterval = 3600, ReceiveMaximum = receiveMaximum, MaximumPacketSize = maximumPacketSize } : null);

    /// <summary>Subscribes with properties; every filter must be granted.</summary>
    public static async Task SubscribeAsync(this WireClient client, uint identifier, params SubscriptionRequest[] subscriptions)
    {
        ushort id = client.NextPacketId();
        await client.SendAsync(new SubscribePacket { PacketId = id, Subscriptions = subscriptions, Properties = new MqttProperties { SubscriptionIdentifiers = [identifier] } });
        var answer = await client.ReceiveAsync<SubAckPacket>();
        Assert.Equal(id, answer.PacketId);
        Assert.All(answer.Reasons, static reason => Assert.InRange((byte)reason, 0, 2));
    }

    /// <summary>Sends a PUBLISH and waits for nothing.</summary>
    public static Task SendPublishAsync(
        this WireClient client, string topic, string payload, QoS qos = QoS.AtMostOnce, ushort id = 0, bool dup = false, bool retain = false, MqttProperties? properties = null) =>
        client.SendAsync(new PublishPacket
        {
            Topic = topic,
            Payload = Encoding.UTF8.GetBytes(payload),
            QoS = qos,
            PacketId = id,
            Dup = dup,
            Retain = retain,
            Properties = properties ?? MqttProperties.Empty,
        });

    /// <summary>The next packet must be a PUBLISH with this payload; it is not acknowledged.</summary>
    public static async Task<PublishPacket> TakeAsync(this WireClient client, string payload)
    {
        var message = await client.ReceiveAsync<PublishPacket>();
        Assert.Equal(payload, message.Text());
        return message;
    }

    /// <summary>The payload as text.</summary>
    public static string Text(this PublishPacket message) => Encoding.UTF8.GetString(message.Payload.Span);

    /// <summary>
    /// What <paramref name="publisher"/> has published so far has brought <paramref name="subscriber"/> nothing more: the next thing to arrive is what it publishes now.
    /// On whatever loops they are, messages between two clients keep their order.
    /// </summary>
    public static Task ExpectNothingMoreFromAsync(this WireClient subscriber, WireClient publisher) => ExpectNothingMoreFromAsync([subscriber], publisher);

    /// <inheritdoc cref="ExpectNothingMoreFromAsync(WireClient, WireClient)"/>
    public static async Task ExpectNothingMoreFromAsync(this IReadOnlyCollection<WireClient> subscribers, WireClient publisher)
    {
        string fence = $"fence/{Guid.NewGuid():N}";
        foreach (WireClient subscriber in subscribers) await subscriber.SubscribeAsync(fence);
        await publisher.PublishAsync(fence, "nothing came before");
        foreach (WireClient subscriber in subscribers) await subscriber.ExpectPublishAsync(fence, "nothing came before");
    }
}
