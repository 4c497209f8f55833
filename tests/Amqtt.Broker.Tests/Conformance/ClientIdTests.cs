using System.Text.RegularExpressions;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.1.3.1: the client identifier.</summary>
public sealed partial class ClientIdTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.3-5", "v4:3.1.3-5", "v3:c")]
    public async Task Every_length_from_1_to_23_is_accepted_and_longer_ones_and_other_characters_too(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        const string allowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        foreach (string id in Enumerable.Range(1, 23).Select(static length => allowed[^length..]).Concat([allowed[..23], allowed, "a/b+c#d $e-\u00E4\U0001F600", new string('x', 256)]))
        {
            WireClient client = await broker.ConnectAsync(id, version);
            await client.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.3-8", "v4:3.1.3-9")]
    public async Task One_that_is_too_long_is_refused(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxClientIdLength = 8);
        await broker.ConnectAsync("12345678", version);
        foreach (string id in new[] { "123456789", "\u00E4\u00E4\u00E4\u00E4\u00E4" }) // bytes count, not characters
        {
            WireClient client = await broker.OpenAsync(version);
            await client.SendAsync(new ConnectPacket { Version = version, ClientId = id, CleanStart = true });
            await client.ExpectRefusalAsync(ReasonCode.ClientIdentifierNotValid);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.3-6", "MQTT-3.1.3-7", "MQTT-3.2.2-16")]
    public async Task V5_an_empty_one_is_replaced_by_one_of_its_own_which_is_told_and_counts_from_then_on(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        var assigned = new HashSet<string>(StringComparer.Ordinal);
        foreach (bool cleanStart in new[] { true, true, true, false })
        {
            WireClient client = await broker.OpenAsync(V5);
            ConnAckPacket answer = await client.ConnectAsync("", V5, cleanStart, properties: new MqttProperties { SessionExpiryInterval = 60 });
            Assert.False(answer.SessionPresent);
            string id = Assert.IsType<string>(answer.Properties.AssignedClientIdentifier);
            Assert.Matches(Generated(), id); // P-C2
            Assert.True(assigned.Add(id));
            await client.SubscribeAsync("a");
        }

        foreach (string id in assigned)
        {
            WireClient again = await broker.OpenAsync(V5);
            ConnAckPacket answer = await again.ConnectAsync(id, V5, cleanStart: false);
            Assert.True(answer.SessionPresent); // and the older connection was taken over
            Assert.Null(answer.Properties.AssignedClientIdentifier);
            await again.PublishAsync("a", "x");
            await again.ExpectPublishAsync("a", "x");
            await again.DisconnectAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v4:3.1.3-6")]
    public async Task P_C2_v4_an_empty_one_with_a_clean_session_gets_one_of_its_own(Link link)
    {
        var ids = new ConnectedIds();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, ids);
        WireClient one = await broker.ConnectAsync("");
        WireClient two = await broker.ConnectAsync("");
        await one.ExpectNothingMoreAsync(); // it was not taken over
        await two.ExpectNothingMoreAsync();
        await one.DisposeAsync();
        await two.DisposeAsync();
        await broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        Assert.Distinct(ids.All);
        Assert.All(ids.All, static id => Assert.Matches(Generated(), id));
        Assert.Equal(2, ids.All.Count);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v4:3.1.3-7", "v4:3.1.3-8")]
    public async Task P_C1_v4_an_empty_one_without_a_clean_session_is_refused(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.OpenAsync();
        await client.SendHexAsync("10 0C 0004 4D515454 04 00 0000 0000");
        await client.ExpectHexAsync("20 02 00 02");
        await client.ExpectClosedAsync();
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("v3:c")]
    public async Task V3_an_empty_one_is_refused(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (byte flags in new byte[] { 0x00, 0x02 })
        {
            WireClient client = await broker.OpenAsync(V31);
            await client.SendAsync(Raw.Connect(V31, flags, "0000"));
            await client.ExpectHexAsync("20 02 00 02");
            await client.ExpectClosedAsync();
        }
    }

    [GeneratedRegex("^amqtt/[0-9a-zA-Z]{16}$")]
    private static partial Regex Generated();

    private sealed class ConnectedIds : BrokerPlugin
    {
        public List<string> All { get; } = [];

        public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
        {
            All.Add(e.ClientId);
            return default;
        }
    }
}
