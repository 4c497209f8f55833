using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 4.8.2: shared subscriptions. Groups span loops, so their members are on several here.</summary>
public sealed class Section4_8_SharedTests
{
    public static TheoryData<Link, QoS> LinksAndQoS => new MatrixTheoryData<Link, QoS>([Link.Tcp, Link.Memory], Enum.GetValues<QoS>());

    public static TheoryData<Link, ProtocolVersion, QoS> LinksVersionsAndQoS => new MatrixTheoryData<Link, ProtocolVersion, QoS>(
        [Link.Tcp, Link.Memory], [ProtocolVersion.V311, ProtocolVersion.V5], Enum.GetValues<QoS>());

    [Theory, MemberData(nameof(LinksVersionsAndQoS))]
    [Statement("prose:4.8.2a", "prose:4.8.2b")]
    public async Task Each_message_goes_to_one_member_and_they_take_turns(Link link, ProtocolVersion version, QoS qos)
    {
        const int Rounds = 5;
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", version);
        WireClient[] members = await MembersAsync(broker, 4, qos, version);
        WireClient other = await broker.ConnectAsync("another group", version);
        await other.SubscribeAsync("$share/h/t", qos);
        WireClient away = await broker.ConnectPersistentAsync("away", version);
        await away.SubscribeAsync("$share/g/t", qos); // in the middle of the turn, and never there
        await away.DisconnectAsync();
        WireClient last = await broker.ConnectAsync("last", version);
        await last.SubscribeAsync("$share/g/t", qos);
        members = [.. members, last];

        for (int i = 0; i < Rounds * members.Length; i++) await publisher.PublishAsync("t", $"{i}", qos);
        var received = new List<string>();
        foreach (WireClient member in members)
        {
            for (int i = 0; i < Rounds; i++) received.Add((await member.ReceivePublishAsync()).Text());
        }

        Assert.Equal(Enumerable.Range(0, Rounds * members.Length), received.Select(int.Parse).Order());
        foreach (WireClient member in members) await member.ExpectNothingMoreFromAsync(publisher);
        for (int i = 0; i < Rounds * members.Length; i++) await other.ExpectPublishAsync("t", $"{i}");
    }

    [Theory, MemberData(nameof(LinksAndQoS))]
    [Statement("MQTT-4.8.2-3")]
    public async Task Each_member_gets_its_share_at_its_own_qos(Link link, QoS qos)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        foreach (QoS granted in Enum.GetValues<QoS>())
        {
            WireClient member = await broker.ConnectAsync($"member {granted}", ProtocolVersion.V5);
            await member.SubscribeAsync($"$share/g/+", granted);
        }

        WireClient[] members = [.. await Task.WhenAll(Enum.GetValues<QoS>().Select(async granted =>
        {
            WireClient member = await broker.ConnectAsync($"of {granted}", ProtocolVersion.V5);
            await member.SubscribeAsync("$share/other/t", granted);
            return member;
        }))];
        for (int i = 0; i < members.Length; i++) await publisher.PublishAsync("t", "x", qos);
        for (int granted = 0; granted < members.Length; granted++)
            Assert.Equal((QoS)Math.Min(granted, (int)qos), (await members[granted].ExpectPublishAsync("t", "x")).QoS);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:4.8.2a")]
    public async Task What_a_leaving_member_has_not_acknowledged_goes_to_another(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 3);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient leaving = await broker.ConnectAsync("leaving", ProtocolVersion.V5);
        await leaving.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        for (int i = 0; i < 10; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        for (int i = 0; i < 3; i++) await leaving.TakeAsync($"{i}");
        await leaving.SendAsync(new PubAckPacket { PacketId = 1 });
        await leaving.TakeAsync("3");
        WireClient staying = await broker.ConnectAsync("staying", ProtocolVersion.V5);
        await staying.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        await leaving.DisposeAsync();
        for (int i = 1; i < 10; i++)
        {
            PublishPacket message = await staying.ExpectPublishAsync("t", $"{i}");
            Assert.Equal((QoS.AtLeastOnce, false), (message.QoS, message.Dup));
        }

        await staying.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.8.2-4", "prose:4.8.2a")]
    public async Task While_a_member_is_away_its_unsent_share_goes_to_the_others_and_what_has_begun_waits_for_it(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient away = await broker.ConnectPersistentAsync("away", receiveMaximum: 2);
        await away.SubscribeAsync("$share/g/t", QoS.ExactlyOnce);
        for (int i = 0; i < 2; i++) await publisher.PublishAsync("t", $"{i}", QoS.ExactlyOnce);
        for (int i = 2; i < 6; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        PublishPacket begun = await away.TakeAsync("0");
        await away.TakeAsync("1");
        await away.SendAsync(new PubRecPacket { PacketId = begun.PacketId });
        await away.ExpectAsync(new PubRelPacket { PacketId = begun.PacketId });
        WireClient there = await broker.ConnectAsync("there", ProtocolVersion.V5);
        await there.SubscribeAsync("$share/g/t", QoS.ExactlyOnce);
        await away.DisposeAsync();
        for (int i = 2; i < 6; i++) await there.ExpectPublishAsync("t", $"{i}");
        await publisher.PublishAsync("t", "new", QoS.ExactlyOnce);
        await there.ExpectPublishAsync("t", "new");
        await there.ExpectNothingMoreFromAsync(publisher);

        away = await broker.ConnectPersistentAsync("away", receiveMaximum: 2);
        await away.ExpectAsync(new PubRelPacket { PacketId = begun.PacketId });
        Assert.True((await away.TakeAsync("1")).Dup);
        await away.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.8.2-5", "prose:4.8.2a")]
    public async Task When_a_members_session_ends_only_qos_2_that_has_begun_ends_with_it(Link link)
    {
        // What waits is passed on when the broker hears that the member is gone, if there is another: here there is none yet.
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient ending = await broker.ConnectPersistentAsync("ending", receiveMaximum: 2);
        await ending.SubscribeAsync("$share/g/t", QoS.ExactlyOnce);
        await publisher.PublishAsync("t", "begun", QoS.ExactlyOnce);
        await publisher.PublishAsync("t", "sent once", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "waiting", QoS.ExactlyOnce);
        await ending.TakeAsync("begun");
        await ending.TakeAsync("sent once");
        await ending.DisconnectAsync(); // its session goes on, and has all of it
        WireClient there = await broker.ConnectAsync("there", ProtocolVersion.V5);
        await there.SubscribeAsync("$share/g/t", QoS.ExactlyOnce);
        await broker.ConnectAsync("ending", ProtocolVersion.V5, cleanStart: true);
        await there.ExpectPublishAsync("t", "sent once");
        Assert.Equal(QoS.ExactlyOnce, (await there.ExpectPublishAsync("t", "waiting")).QoS);
        await there.ExpectNothingMoreFromAsync(publisher);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.8.2-6", "MQTT-4.3.3-4")]
    public async Task A_message_that_a_member_refuses_goes_to_nobody_else(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient[] members = await MembersAsync(broker, 2, QoS.ExactlyOnce, ProtocolVersion.V5);
        await publisher.PublishAsync("t", "once", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "twice", QoS.ExactlyOnce);
        await members[0].SendAsync(new PubAckPacket { PacketId = (await members[0].TakeAsync("once")).PacketId, Reason = ReasonCode.UnspecifiedError });
        await members[1].SendAsync(new PubRecPacket { PacketId = (await members[1].TakeAsync("twice")).PacketId, Reason = ReasonCode.QuotaExceeded });
        foreach (WireClient member in members) await member.ExpectNothingMoreFromAsync(publisher); // no PUBREL either
        WireClient[] late = await MembersAsync(broker, 1, QoS.ExactlyOnce, ProtocolVersion.V5, "late");
        foreach (WireClient member in members) await member.DisconnectAsync();
        await late[0].ExpectNothingMoreFromAsync(publisher);
    }

    [Theory, MemberData(nameof(LinksAndQoS))]
    [Statement("prose:4.8.2a")]
    public async Task Nothing_is_lost_while_members_come_and_go(Link link, QoS qos)
    {
        const int Messages = 400;
        if (qos == QoS.AtMostOnce) qos = QoS.AtLeastOnce;
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 5);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient staying = await broker.ConnectAsync("staying", ProtocolVersion.V5);
        await staying.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        Task publishing = PublishAllAsync(publisher, Messages);
        var received = new HashSet<string>();
        for (int i = 0; i < 20; i++)
        {
            // It takes some, acknowledges none, and goes: without a word, or properly.
            WireClient guest = await broker.ConnectAsync($"guest {i}", ProtocolVersion.V5);
            await guest.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
            if (i % 2 == 0) await guest.SendAsync(new DisconnectPacket());
            await guest.DisposeAsync();
        }

        while (received.Count < Messages) received.Add((await staying.ReceivePublishAsync()).Text());
        await publishing;
        Assert.Equal(Enumerable.Range(0, Messages), received.Select(int.Parse).Order());
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_member_that_is_behind_is_passed_over(Link link)
    {
        // One loop, and a ping after each acknowledgement: who is behind does not depend on another loop's turn.
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxInflight = 1);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient[] members = await MembersAsync(broker, 2, QoS.AtLeastOnce, ProtocolVersion.V5);
        for (int i = 0; i < 4; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
        await members[0].TakeAsync("0"); // and never answers, with "2" behind it
        await members[1].ExpectPublishAsync("t", "1");
        await members[1].ExpectPublishAsync("t", "3");
        for (int i = 4; i < 8; i++)
        {
            await members[1].PingAsync();
            await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
            await members[1].ExpectPublishAsync("t", $"{i}");
        }
    }

    [Theory]
    [InlineData("$share//t")]
    [InlineData("$share/g")]
    [InlineData("$share/g/")]
    [InlineData("$share/+/t")]
    [InlineData("$share/g#/t")]
    [InlineData("$share/")]
    [InlineData("$share/g/a#")]
    [InlineData("$share/g/#/a")]
    [Statement("MQTT-4.8.2-1", "MQTT-4.8.2-2", "prose:4.7b")]
    public async Task A_filter_that_is_ill_formed_is_refused(string filter)
    {
        foreach (ProtocolVersion version in new[] { ProtocolVersion.V311, ProtocolVersion.V5 })
        {
            await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [Script.Filter("before"), Script.Filter(filter, QoS.ExactlyOnce), Script.Filter("$share/g//t", QoS.AtLeastOnce)] });
            ReasonCode refusal = version == ProtocolVersion.V5 ? ReasonCode.TopicFilterInvalid : ReasonCode.UnspecifiedError;
            Assert.Equal([ReasonCode.Success, refusal, ReasonCode.GrantedQoS1], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
            await client.PublishAsync("t", "no");
            await client.PublishAsync("/t", "yes"); // an empty level counts
            await client.ExpectPublishAsync("/t", "yes");
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.8.3-4")]
    public async Task No_local_on_a_shared_filter_is_a_protocol_error(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SendHexAsync("82 10 00 01 00 00 0A 24 73 68 61 72 65 2F 67 2F 74 04"); // $share/g/t
        Assert.Equal(ReasonCode.ProtocolError, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.ExpectClosedAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:4.8.2c", "prose:4.8.2b", "prose:3.10.4a", "MQTT-3.10.4-1")]
    public async Task A_group_is_its_name_and_filter_and_ends_with_its_last_member(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher", ProtocolVersion.V5);
        WireClient client = await broker.ConnectPersistentAsync("c");
        await client.SubscribeAsync("$share/g/t", QoS.AtLeastOnce);
        await client.SubscribeAsync("$share/g/t", QoS.AtLeastOnce); // no second share
        await client.SubscribeAsync("$share/g/+", QoS.AtLeastOnce);
        await client.SubscribeAsync("$share/h/t", QoS.AtLeastOnce);
        await client.SubscribeAsync("t", QoS.AtLeastOnce);
        await client.SubscribeAsync("$share/g/#", QoS.AtLeastOnce);
        await publisher.PublishAsync("t", "x", QoS.AtLeastOnce);
        for (int i = 0; i < 5; i++) await client.ExpectPublishAsync("t", "x");
        await client.ExpectNothingMoreAsync();

        // Only the whole filter leaves the group.
        Assert.Equal([ReasonCode.NoSubscriptionExisted], (await client.UnsubscribeAsync("+")).Reasons);
        Assert.Equal(
            [ReasonCode.Success, ReasonCode.Success, ReasonCode.Success, ReasonCode.NoSubscriptionExisted],
            (await client.UnsubscribeAsync("t", "$share/g/t", "$share/h/t", "$share/h/t")).Reasons);
        await publisher.PublishAsync("t", "y", QoS.AtLeastOnce);
        for (int i = 0; i < 2; i++) await client.ExpectPublishAsync("t", "y");
        await client.ExpectNothingMoreAsync();
        await client.UnsubscribeAsync("$share/g/+", "$share/g/#");
        await client.DisconnectAsync();
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await publisher.PublishAsync("t", "z", QoS.AtLeastOnce));
    }

    private static async Task PublishAllAsync(WireClient publisher, int messages)
    {
        for (int i = 0; i < messages; i++) await publisher.PublishAsync("t", $"{i}", QoS.AtLeastOnce);
    }

    private static async Task<WireClient[]> MembersAsync(TestBroker broker, int count, QoS qos, ProtocolVersion version, string name = "member")
    {
        var members = new WireClient[count];
        for (int i = 0; i < count; i++)
        {
            members[i] = await broker.ConnectAsync($"{name} {i}", version);
            await members[i].SubscribeAsync("$share/g/t", qos);
        }

        return members;
    }
}
