using System.Collections.Concurrent;
using System.Text;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Plugins;

/// <summary>
/// PF-15, a conservation law over random runs: every published message ends in exactly one terminal stage for each receiver, or once without any. Clients come and go, take over, leave
/// messages unacknowledged, unsubscribe while messages are on their way; plugins drop, refuse, fail and rewrite.
/// </summary>
public sealed class ConservationTests
{
    private const int Clients = 6;
    private const int Steps = 150;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task PF_15_every_message_ends_exactly_once_for_each_receiver(int seed)
    {
        var random = new Random(seed);
        var stages = new Stages();
        var published = new List<string>();
        await using (TestBroker broker = await TestBroker.StartAsync(seed % 2 == 0 ? Link.Tcp : Link.Memory, options => options.Limits.MaxQueuedMessages = 5, stages, Meddler(seed)))
        {
            var clients = new RandomClient?[Clients];
            for (int step = 0; step < Steps; step++)
            {
                int who = random.Next(Clients);
                if (clients[who] is not { } client)
                {
                    clients[who] = await RandomClient.ConnectAsync(broker, $"c{who}", random);
                    continue;
                }

                switch (random.Next(10))
                {
                    case 0:
                        await client.LeaveAsync();
                        clients[who] = null;
                        break;
                    case 1:
                        clients[who] = await RandomClient.ConnectAsync(broker, $"c{who}", random); // takes over
                        break;
                    case 2 or 3:
                        await client.SubscribeAsync();
                        break;
                    case 4:
                        await client.UnsubscribeAsync();
                        break;
                    default:
                        published.Add($"{seed}-{step}");
                        if (!await client.PublishAsync(published[^1])) clients[who] = null;
                        break;
                }
            }

            foreach (RandomClient? client in clients)
            {
                if (client is not null) await client.LeaveAsync();
            }

            // Every session ends: a fresh one takes the place of each, and ends with its connection.
            for (int i = 0; i < Clients; i++) await (await broker.ConnectAsync($"c{i}")).DisconnectAsync();
        }

        // The broker has stopped, which delivers every event first.
        Assert.NotEmpty(published);
        Assert.All(published, id => stages.Check(id));
    }

    private static TransformPlugin Meddler(int seed)
    {
        return new TransformPlugin
        {
            Publish = seed % 3 == 0 ? TransformPlugin.Later<PublishContext>(Inbound) : TransformPlugin.Now<PublishContext>(Inbound),
            Deliver = seed % 3 == 1 ? TransformPlugin.Later<DeliverContext>(Outbound) : TransformPlugin.Now<DeliverContext>(Outbound),
        };

        static void Inbound(PublishContext context)
        {
            if (context.Topic.EndsWith("/drop", StringComparison.Ordinal)) context.Drop();
            if (context.Topic.EndsWith("/refuse", StringComparison.Ordinal)) context.Refuse();
            if (context.Topic.EndsWith("/fail", StringComparison.Ordinal)) throw new InvalidOperationException("as told");
            if (context.Topic.EndsWith("/move", StringComparison.Ordinal)) context.Topic = "t/moved";
        }

        static void Outbound(DeliverContext context)
        {
            if (context.Topic == "t/1" && context.Session.ClientId == "c1") context.Drop();
            if (context.Topic == "t/2" && context.Session.ClientId == "c2") throw new InvalidOperationException("as told");
            if (context.Topic == "t/3") context.Topic = "t/3/for/you";
        }
    }

    /// <summary>The stages of each message, by the text of its payload.</summary>
    private sealed class Stages : BrokerPlugin
    {
        private readonly ConcurrentDictionary<string, ConcurrentQueue<MessageStageEvent>> _byMessage = new();

        public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel)
        {
            _byMessage.GetOrAdd(Encoding.UTF8.GetString(e.Message.Payload.Span), static _ => new()).Enqueue(e);
            return default;
        }

        public void Check(string id)
        {
            Assert.True(_byMessage.TryGetValue(id, out ConcurrentQueue<MessageStageEvent>? events), $"message {id} has no stage");
            MessageStageEvent[] all = [.. events];
            string story = $"message {id}: {string.Join(", ", all.Select(static e => $"{e.Stage} {e.Message.QoS} {e.ReceiverId} {e.DropReason}"))}";
            string[] receivers = [.. all.Select(static e => e.ReceiverId ?? "").Distinct()];
            Assert.True(receivers.Length == 1 || !receivers.Contains(""), $"both without and with a receiver; {story}");
            Assert.True(all.Any(static e => IsTerminal(e) && e.DropReason != DropReason.PassedOn), $"no end; {story}");
            foreach (string receiver in receivers)
            {
                MessageStageEvent[] ends = [.. all.Where(e => (e.ReceiverId ?? "") == receiver && IsTerminal(e))];
                int own = ends.Count(static e => e.DropReason != DropReason.PassedOn);
                // A member of a shared subscription may have passed the message on, and may even have got it back.
                Assert.True(own == 1 || (own == 0 && ends.Length > 0), $"'{receiver}' has not exactly one end; {story}");
            }
        }

        private static bool IsTerminal(MessageStageEvent e) => e.Stage switch
        {
            MessageStage.Queued => false,
            MessageStage.Delivered => e.Message.QoS == QoS.AtMostOnce,
            _ => true,
        };
    }

    /// <summary>A client that does not always acknowledge.</summary>
    private sealed class RandomClient(WireClient wire, Random random)
    {
        public static async Task<RandomClient> ConnectAsync(TestBroker broker, string id, Random random)
        {
            bool isPersistent = random.Next(2) == 0;
            WireClient wire = await broker.ConnectAsync(
                id, ProtocolVersion.V5, cleanStart: random.Next(3) == 0, properties: new MqttProperties { SessionExpiryInterval = isPersistent ? 1000u : 0, ReceiveMaximum = 3 });
            return new RandomClient(wire, random);
        }

        public async Task SubscribeAsync()
        {
            var options = new SubscriptionOptions { QoS = (QoS)random.Next(3), NoLocal = random.Next(2) == 0 };
            string filter = Filter();
            if (filter.StartsWith('$')) options = options with { NoLocal = false };
            await wire.SendAsync(new SubscribePacket { PacketId = wire.NextPacketId(), Subscriptions = [new(filter, options)] });
            await DrainAsync();
        }

        public async Task UnsubscribeAsync()
        {
            await wire.SendAsync(new UnsubscribePacket { PacketId = wire.NextPacketId(), Filters = [Filter()] });
            await DrainAsync();
        }

        /// <summary>False if a refusal has cost it its connection.</summary>
        public async Task<bool> PublishAsync(string id)
        {
            var qos = (QoS)random.Next(3);
            string topic = random.Next(10) switch { 0 => "t/drop", 1 => "t/refuse", 2 => "t/fail", 3 => "t/move", 4 => "$own", < 7 => "s/1", var n => $"t/{n - 6}" };
            await wire.SendAsync(new PublishPacket
            {
                Topic = topic,
                Payload = Encoding.UTF8.GetBytes(id),
                QoS = qos,
                PacketId = qos == QoS.AtMostOnce ? (ushort)0 : wire.NextPacketId(),
            });
            return await DrainAsync();
        }

        public async Task LeaveAsync()
        {
            if (random.Next(2) == 0) await wire.SendAsync(new DisconnectPacket());
            await wire.DisposeAsync();
        }

        private string Filter() => random.Next(5) switch { 0 => "t/#", 1 => "t/+", 2 => "$share/g/s/+", var n => $"t/{n - 2}" };

        /// <summary>Takes what is on its way up to the answer to a ping, and acknowledges some of it.</summary>
        private async Task<bool> DrainAsync()
        {
            await wire.SendAsync(PingReqPacket.Instance);
            while (true)
            {
                switch (await wire.ReceiveAsync())
                {
                    case PingRespPacket:
                        return true;
                    case DisconnectPacket:
                        return false;
                    case PublishPacket { QoS: QoS.AtLeastOnce } message when random.Next(3) > 0:
                        await wire.SendAsync(new PubAckPacket { PacketId = message.PacketId });
                        break;
                    case PublishPacket { QoS: QoS.ExactlyOnce } message when random.Next(3) > 0:
                        await wire.SendAsync(new PubRecPacket { PacketId = message.PacketId, Reason = random.Next(4) == 0 ? ReasonCode.QuotaExceeded : ReasonCode.Success });
                        break;
                    case PubRelPacket release when random.Next(3) > 0:
                        await wire.SendAsync(new PubCompPacket { PacketId = release.PacketId });
                        break;
                    case PubRecPacket received when !received.Reason.IsError():
                        await wire.SendAsync(new PubRelPacket { PacketId = received.PacketId });
                        break;
                }
            }
        }
    }
}
