using System.Text;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Routing;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using CsCheck;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>
/// Random scripts of several clients on several loops, against <see cref="ScriptModel"/>: every client receives exactly what it should, in the order of each publisher.
/// </summary>
public sealed class ScriptPropertyTests
{
    private const int Clients = 5;

    private static readonly Gen<int> Client = Gen.Int[0, Clients - 1];

    private static readonly Gen<QoS> AnyQoS = Gen.Enum<QoS>();

    private static readonly Gen<Step> Subscribe = Gen.Select(
        Client, Generate.Filter, AnyQoS, Gen.Bool, Gen.Bool, Gen.Enum<RetainHandling>(), Gen.UInt[0, 4],
        static Step (client, filter, qos, noLocal, asPublished, handling, identifier) => IsV5(client)
            ? new Step.Subscribe(client, filter, qos, noLocal, asPublished, handling, identifier)
            : new Step.Subscribe(client, filter, qos, NoLocal: false, RetainAsPublished: false, RetainHandling.SendAtSubscribe, Identifier: 0));

    private static readonly Gen<Step.Message> Message = Gen.Select(
        Client, Generate.Topic, AnyQoS, Gen.Frequency((3, Gen.Const(false)), (1, Gen.Const(true))), Gen.Frequency((9, Gen.Const(false)), (1, Gen.Const(true))),
        static (client, topic, qos, retain, isEmpty) => new Step.Message(client, topic, qos, retain, isEmpty));

    private static readonly Gen<Step> AnyStep = Gen.Frequency(
        (6, Subscribe),
        (2, Gen.Select(Client, Generate.Filter, static Step (client, filter) => new Step.Unsubscribe(client, filter))),
        (8, Message.Array[1, 12].Select(static Step (messages) => new Step.Publish(messages))),
        (1, Client.Select(static Step (client) => new Step.Leave(client))),
        (2, Client.Select(static Step (client) => new Step.Return(client))));

    [Theory]
    [InlineData(Link.Memory, OverlappingSubscriptions.Once, 100)]
    [InlineData(Link.Memory, OverlappingSubscriptions.All, 40)]
    [InlineData(Link.Tcp, OverlappingSubscriptions.Once, 25)]
    [Statement("MQTT-3.3.4-2", "MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.3.4-5", "MQTT-4.5.0-1", "MQTT-4.6.0-5", "v4:3.3.5-1", "v4:4.5.0-1", "v4:4.6.0-6")]
    public Task Everyone_receives_what_it_should_in_order(Link link, OverlappingSubscriptions overlap, int scripts) =>
        AnyStep.Array[1, 40].SampleAsync(steps => RunAsync(steps, link, overlap), iter: scripts, threads: 1, print: static steps => string.Join("\n", steps.AsEnumerable()));

    private static bool IsV5(int client) => client % 3 != 2;

    private static ProtocolVersion VersionOf(int client) => IsV5(client) ? ProtocolVersion.V5 : ProtocolVersion.V311;

    private static async Task RunAsync(Step[] steps, Link link, OverlappingSubscriptions overlap)
    {
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            options =>
            {
                options.OverlappingSubscriptions = overlap;
                options.Limits.MaxInflight = 5000; // nothing waits for acknowledgements, so the order is the same across QoS
                options.Limits.MaxOutputBytes = 16 * 1024 * 1024;
            });
        var model = new ScriptModel(Clients, IsV5, copyForEach: overlap == OverlappingSubscriptions.All);
        var clients = new WireClient[Clients];
        for (int i = 0; i < Clients; i++) clients[i] = await ConnectAsync(broker, i);
        foreach (Step step in steps) await TakeStepAsync(step, broker, model, clients);
        for (int i = 0; i < Clients; i++)
        {
            if (model.IsConnected(i)) await clients[i].ExpectNothingMoreAsync();
        }
    }

    private static Task<WireClient> ConnectAsync(TestBroker broker, int client) => broker.ConnectPersistentAsync($"{client}", VersionOf(client));

    private static async Task TakeStepAsync(Step step, TestBroker broker, ScriptModel model, WireClient[] clients)
    {
        switch (step)
        {
            case Step.Subscribe subscribe when model.IsConnected(subscribe.Client):
                WireClient subscriber = clients[subscribe.Client];
                SubscriptionRequest request = Script.Filter(subscribe.Filter, subscribe.QoS, subscribe.NoLocal, subscribe.RetainAsPublished, subscribe.Handling);
                if (subscribe.Identifier != 0) await subscriber.SubscribeAsync(subscribe.Identifier, request);
                else await subscriber.SubscribeAsync(request);
                await ExpectAsync(subscriber, model.Subscribe(subscribe), inOrder: false);
                break;
            case Step.Unsubscribe unsubscribe when model.IsConnected(unsubscribe.Client):
                UnsubAckPacket answer = await clients[unsubscribe.Client].UnsubscribeAsync(unsubscribe.Filter);
                bool known = model.Unsubscribe(unsubscribe);
                if (IsV5(unsubscribe.Client)) Assert.Equal([known ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted], answer.Reasons);
                break;
            case Step.Leave leave when model.IsConnected(leave.Client):
                await clients[leave.Client].DisconnectAsync();
                model.Leave(leave.Client);
                break;
            case Step.Return back when !model.IsConnected(back.Client):
                clients[back.Client] = await ConnectAsync(broker, back.Client);
                await ExpectAsync(clients[back.Client], model.Return(back.Client));
                break;
            case Step.Publish publish:
                await PublishAsync(publish.Messages, model, clients);
                break;
        }
    }

    /// <summary>All publishers at once; only where two retain the same topic, or one of those who wait would get both, does it matter who is first, and there they take turns.</summary>
    private static async Task PublishAsync(Step.Message[] messages, ScriptModel model, WireClient[] clients)
    {
        List<Step.Message> possible = [.. messages.Where(message => model.IsConnected(message.Client))];
        bool takeTurns = possible.Any(static m => m.Retain) || Enumerable.Range(0, Clients).Any(client => !model.IsConnected(client));
        var expected = new List<Expected>[Clients];
        for (int i = 0; i < Clients; i++) expected[i] = [];
        var sending = new List<(WireClient Client, PublishPacket Packet)>();
        foreach (Step.Message message in possible)
        {
            string payload = model.PayloadFor(message);
            foreach ((int client, Expected one) in model.Publish(message, payload)) expected[client].Add(one);
            WireClient publisher = clients[message.Client];
            sending.Add((publisher, new PublishPacket
            {
                Topic = message.Topic,
                Payload = Encoding.UTF8.GetBytes(payload),
                QoS = message.QoS,
                Retain = message.Retain,
                PacketId = message.QoS == QoS.AtMostOnce ? (ushort)0 : publisher.NextPacketId(),
            }));
        }

        foreach ((WireClient client, PublishPacket packet) in sending)
        {
            await client.SendAsync(packet);
            // Who has been answered is before whoever has not yet sent, on whatever loops they are; QoS 0 is not answered, a ping is.
            if (takeTurns) await client.PingAsync();
        }

        // Before the next step everything has been routed: who subscribes then must not get what came before.
        if (!takeTurns)
        {
            foreach (WireClient publisher in sending.Select(static sent => sent.Client).Distinct()) await publisher.PingAsync();
        }

        for (int i = 0; i < Clients; i++)
        {
            if (model.IsConnected(i)) await ExpectAsync(clients[i], expected[i], answers: sending.Count(sent => sent.Client == clients[i] && sent.Packet.QoS != QoS.AtMostOnce));
        }
    }

    /// <summary>Reads the messages, acknowledging each, and the answers to what the client itself has published.</summary>
    private static async Task ExpectAsync(WireClient client, List<Expected> expected, bool inOrder = true, int answers = 0)
    {
        var received = new List<PublishPacket>();
        int releases = 0;
        while (received.Count < expected.Count || answers > 0 || releases > 0)
        {
            switch (await client.ReceiveAsync())
            {
                case PublishPacket message:
                    received.Add(message);
                    if (message.QoS == QoS.AtLeastOnce) await client.SendAsync(new PubAckPacket { PacketId = message.PacketId });
                    if (message.QoS == QoS.ExactlyOnce) await client.SendAsync(new PubRecPacket { PacketId = message.PacketId });
                    if (message.QoS == QoS.ExactlyOnce) releases++;
                    break;
                case PubRelPacket release:
                    releases--;
                    await client.SendAsync(new PubCompPacket { PacketId = release.PacketId });
                    break;
                case PubRecPacket received2:
                    await client.SendAsync(new PubRelPacket { PacketId = received2.PacketId });
                    break;
                case PubAckPacket or PubCompPacket:
                    answers--;
                    break;
                case MqttPacket other:
                    Assert.Fail($"unexpected: {other}");
                    break;
            }
        }

        // The order of several publishers is nobody's business, that of each one's messages is.
        var publisherOf = expected.ToLookup(static e => (e.Topic, e.Payload), static e => e.Publisher);
        var came = received.Select(m => new Expected(
            publisherOf[(m.Topic, m.Text())].FirstOrDefault(-1), m.Topic, m.Text(), m.QoS, m.Retain, string.Join(',', m.Properties.SubscriptionIdentifiers.Order()))).ToList();
        if (inOrder && expected.Select(static e => (e.Topic, e.Payload)).Distinct().Count() == expected.Count)
        {
            bool isRight = expected.Count == came.Count
                && Enumerable.Range(0, Clients).All(publisher => expected.Where(e => e.Publisher == publisher).SequenceEqual(came.Where(e => e.Publisher == publisher)));
            Assert.True(isRight, $"expected {string.Join(", ", expected)}, but this came: {string.Join(", ", came)}");
        }
        else
        {
            // Retained messages come in any order, and so do copies of one message; and who sent which of several empty ones cannot be told.
            Assert.Equal(Sorted(expected), Sorted(came));
        }
    }

    private static IEnumerable<string> Sorted(IEnumerable<Expected> messages) => messages.Select(static e => $"{e with { Publisher = 0 }}").Order(StringComparer.Ordinal);
}
