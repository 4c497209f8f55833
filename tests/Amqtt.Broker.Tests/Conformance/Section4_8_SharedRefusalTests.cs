using System.Collections.Concurrent;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.8.2: what a member of a group cannot take goes to another one, once, and is dropped only if there is none.</summary>
public sealed class Section4_8_SharedRefusalTests
{
    private const uint Small = 100;

    private static readonly string Large = new('x', 200);

    public static TheoryData<Link, QoS> LinksAndQoS => new MatrixTheoryData<Link, QoS>([Link.Tcp, Link.Memory], Enum.GetValues<QoS>());

    [Theory, MemberData(nameof(LinksAndQoS))]
    [Statement("prose:4.8.2a", "MQTT-3.1.2-24", "MQTT-3.1.2-25")]
    public async Task A_message_that_is_too_large_for_some_goes_to_the_member_that_takes_it(Link link, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient[] small = [await JoinAsync(broker, "small 1", Small), await JoinAsync(broker, "small 2", Small)];
        WireClient large = await JoinAsync(broker, "large");
        WireClient[] more = [await JoinAsync(broker, "small 3", Small), await JoinAsync(broker, "small 4", Small)];
        for (int i = 0; i < 10; i++) await publisher.PublishAsync("t", $"{i}{Large}", qos);
        var received = new List<string>();
        for (int i = 0; i < 10; i++) received.Add((await large.ReceivePublishAsync()).Text());
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"{i}{Large}"), received.Order(StringComparer.Ordinal));
        foreach (WireClient member in (WireClient[])[.. small, large, .. more]) await member.ExpectNothingMoreFromAsync(publisher);
        Assert.Equal(0, broker.Dropped("packet_too_large"));
    }

    [Theory, MemberData(nameof(LinksAndQoS))]
    [Statement("MQTT-3.1.2-25")]
    public async Task A_message_that_is_too_large_for_all_is_dropped_once(Link link, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient[] small = [await JoinAsync(broker, "small 1", Small), await JoinAsync(broker, "small 2", Small), await JoinAsync(broker, "small 3", Small)];
        await publisher.PublishAsync("t", Large, qos);
        foreach (WireClient _ in small) await publisher.PingAsync(); // a turn of the loop for each of them
        Assert.Equal(1, broker.Dropped("packet_too_large"));
        await publisher.PublishAsync("t", "small", qos);
        await small[1].ExpectPublishAsync("t", "small");
        foreach (WireClient member in small) await member.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory]
    [InlineData(QueueOverflow.DropQos0ThenNewest)]
    [InlineData(QueueOverflow.DropOldest)]
    [InlineData(QueueOverflow.Disconnect)]
    public async Task A_message_goes_to_a_member_with_room_while_the_queue_of_another_is_full(QueueOverflow overflow)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Tcp, options =>
        {
            options.Limits.MaxInflight = 1;
            options.Limits.MaxQueuedMessages = 4;
            options.Limits.QueueOverflow = overflow;
        });
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient full = await JoinAsync(broker, "full");
        for (int i = 0; i < 5; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        WireClient other = await JoinAsync(broker, "other");
        for (int i = 5; i < 10; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        await publisher.PingAsync();
        Assert.Equal(0, broker.Dropped("queue_full"));

        // Now nobody has room, and what the queues are told to do is done.
        await publisher.PublishAsync("t", "10", QoS.AtLeastOnce);
        await publisher.PingAsync();
        Assert.Equal(1, broker.Dropped("queue_full"));
        if (overflow == QueueOverflow.Disconnect) return;
        string[] received = [.. await TakeAllAsync(full, 5), .. await TakeAllAsync(other, 5)];
        Assert.Equal(10, received.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(overflow == QueueOverflow.DropOldest, received.Contains("10"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task While_all_members_are_away_one_with_room_keeps_what_another_has_no_room_for(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxQueuedMessages = 3);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await LeaveAsync(broker, "first");
        for (int i = 0; i < 3; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        await LeaveAsync(broker, "second");
        for (int i = 3; i < 6; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        await publisher.PingAsync();
        Assert.Equal(0, broker.Dropped("queue_full"));
        await publisher.PublishAsync("t", "6", QoS.AtLeastOnce);
        await publisher.PingAsync();
        Assert.Equal(1, broker.Dropped("queue_full"));

        // What waits for a member waits for it, whoever is there before.
        WireClient second = await broker.ConnectPersistentAsync("second");
        Assert.Equal(["3", "4", "5"], await TakeAllAsync(second, 3));
        await second.ExpectNothingMoreFromAsync(publisher);
        WireClient first = await broker.ConnectPersistentAsync("first");
        Assert.Equal(["0", "1", "2"], await TakeAllAsync(first, 3));
        await first.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-24")]
    public async Task What_has_waited_for_a_member_that_does_not_take_it_any_more_goes_to_another(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await LeaveAsync(broker, "away");
        await publisher.PublishAsync("t", Large, QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "small", QoS.AtLeastOnce);
        WireClient other = await JoinAsync(broker, "other");
        WireClient away = await broker.ConnectPersistentAsync("away", maximumPacketSize: Small);
        await other.ExpectPublishAsync("t", Large);
        await away.ExpectPublishAsync("t", "small");
        await other.ExpectNothingMoreFromAsync(publisher);
        await away.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_stages_name_who_passed_a_message_on_and_who_got_it(bool isScreened)
    {
        var stages = new Stages();
        // A plugin on the way makes every delivery wait.
        var plugin = new TransformPlugin { Deliver = isScreened ? TransformPlugin.Later<DeliverContext>(static _ => { }) : static _ => default };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, stages, plugin);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        await JoinAsync(broker, "small", Small);
        WireClient large = await JoinAsync(broker, "large");
        await publisher.PublishAsync("t", Large, QoS.AtLeastOnce);
        await large.ExpectPublishAsync("t", Large);
        await large.PingAsync();
        await broker.Broker.StopAsync(TestContext.Current.CancellationToken); // which delivers every event first
        Assert.Equal(["Acknowledged large None", "Delivered large None", "Dropped small PassedOn"], stages.Seen.Order(StringComparer.Ordinal));
    }

    private static async Task<WireClient> JoinAsync(TestBroker broker, string clientId, uint? maximumPacketSize = null)
    {
        WireClient member = await broker.ConnectPersistentAsync(clientId, maximumPacketSize: maximumPacketSize);
        await member.SubscribeAsync("$share/g/t", QoS.ExactlyOnce);
        return member;
    }

    private static async Task LeaveAsync(TestBroker broker, string clientId) => await (await JoinAsync(broker, clientId)).DisconnectAsync();

    private static async Task<List<string>> TakeAllAsync(WireClient member, int count)
    {
        var received = new List<string>();
        for (int i = 0; i < count; i++) received.Add((await member.ReceivePublishAsync()).Text());
        return received;
    }

    /// <summary>Where messages have come to, by receiver.</summary>
    private sealed class Stages : BrokerPlugin
    {
        public ConcurrentBag<string> Seen { get; } = [];

        public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel)
        {
            if (e.ReceiverId is not null) Seen.Add($"{e.Stage} {e.ReceiverId} {e.DropReason}");
            return default;
        }
    }
}
