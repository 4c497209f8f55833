using System.Text;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.4: what is sent again, when, and in which order.</summary>
public sealed class ResendTests
{
    private static readonly MqttProperties Keep = new() { SessionExpiryInterval = 1000 };

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.4.0-1", "v4:4.4.0-1", "MQTT-3.3.1-1", "v4:3.3.1-1")]
    public async Task P_C9_what_is_unfinished_goes_out_again_at_each_resume_in_its_first_order_with_its_identifier_and_never_before(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        MqttProperties? keep = version == V5 ? Keep : null;
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, keep);
        await client.SubscribeAsync("a", QoS.ExactlyOnce);
        WireClient publisher = await broker.ConnectAsync("p", version);
        var first = new List<PublishPacket>();
        for (int i = 0; i < 12; i++)
        {
            await publisher.PublishAsync("a", $"{i}", (QoS)(1 + (i % 2)));
            var message = await client.ReceiveAsync<PublishPacket>();
            Assert.False(message.Dup);
            first.Add(message);
        }

        // 2 and 3 are finished, 5 and 7 are received.
        await client.SendAsync(new PubAckPacket { PacketId = first[2].PacketId });
        foreach (int i in new[] { 3, 7, 5 })
        {
            await client.SendAsync(new PubRecPacket { PacketId = first[i].PacketId });
            await client.ExpectAsync(new PubRelPacket { PacketId = first[i].PacketId });
        }

        await client.SendAsync(new PubCompPacket { PacketId = first[3].PacketId });
        broker.Time.Advance(TimeSpan.FromMinutes(10));
        await client.ExpectNothingMoreAsync(); // however long it takes
        for (int resume = 0; resume < 2; resume++)
        {
            await client.DisposeAsync();
            client = await broker.ConnectAsync("c", version, cleanStart: false, keep);
            foreach (PublishPacket message in first.Where((_, i) => i is not (2 or 3)))
            {
                if (message == first[5] || message == first[7])
                {
                    await client.ExpectAsync(new PubRelPacket { PacketId = message.PacketId });
                    continue;
                }

                var again = await client.ReceiveAsync<PublishPacket>();
                Assert.Equal((message.PacketId, message.QoS, true), (again.PacketId, again.QoS, again.Dup));
                Assert.Equal(Encoding.UTF8.GetString(message.Payload.Span), Encoding.UTF8.GetString(again.Payload.Span));
            }

            broker.Time.Advance(TimeSpan.FromMinutes(10));
            await client.ExpectNothingMoreAsync();
        }

        // Whatever is acknowledged is not sent again, and an identifier that is still in use is not given to anything new.
        foreach (PublishPacket message in first.Where(static m => m.QoS == QoS.AtLeastOnce)) await client.SendAsync(new PubAckPacket { PacketId = message.PacketId });
        await publisher.PublishAsync("a", "new", QoS.AtLeastOnce);
        PublishPacket added = await client.ReceivePublishAsync();
        Assert.DoesNotContain(added.PacketId, first.Where(static (m, i) => m.QoS == QoS.ExactlyOnce && i != 3).Select(static m => m.PacketId));
        await client.DisconnectAsync();
        client = await broker.ConnectAsync("c", version, cleanStart: true);
        await client.ExpectNothingMoreAsync(); // a clean start has nothing to send again
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.4.0-2")]
    public async Task V5_what_is_acknowledged_also_as_refused_is_never_sent_again(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", V5, cleanStart: false, Keep);
        await client.SubscribeAsync("a", QoS.ExactlyOnce);
        WireClient publisher = await broker.ConnectAsync("p", V5);
        foreach ((QoS qos, ReasonCode reason) in new[]
        {
            (QoS.AtLeastOnce, ReasonCode.Success), (QoS.AtLeastOnce, ReasonCode.NoMatchingSubscribers), (QoS.AtLeastOnce, ReasonCode.UnspecifiedError), (QoS.AtLeastOnce, ReasonCode.PayloadFormatInvalid),
            (QoS.ExactlyOnce, ReasonCode.UnspecifiedError), (QoS.ExactlyOnce, ReasonCode.QuotaExceeded),
        })
        {
            await publisher.PublishAsync("a", "x", qos);
            var message = await client.ReceiveAsync<PublishPacket>();
            await client.SendAsync(qos == QoS.AtLeastOnce ? new PubAckPacket { PacketId = message.PacketId, Reason = reason } : new PubRecPacket { PacketId = message.PacketId, Reason = reason });
            await client.ExpectNothingMoreAsync();
            await client.DisconnectAsync();
            client = await broker.ConnectAsync("c", V5, cleanStart: false, Keep);
            await client.ExpectNothingMoreAsync();
        }
    }
}
