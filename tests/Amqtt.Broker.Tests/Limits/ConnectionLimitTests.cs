using System.Net;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>How many connections there may be and how fast they may come: at each limit and one beyond.</summary>
public sealed class ConnectionLimitTests
{
    private static readonly IPAddress Somewhere = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Elsewhere = IPAddress.Parse("198.51.100.1");

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_connections_counts_for_the_broker(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxConnections = 2);
        WireClient first = await broker.ConnectAsync("a", version);
        await broker.ConnectAsync("b", version);
        WireClient third = await broker.OpenAsync(version);
        await third.ConnectAsync("c", version, expected: Full(version));
        await third.ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("max_connections"));
        Assert.Equal([2], broker.Measure("amqtt.broker.connections").Select(static m => m.Value));

        await first.DisconnectAsync();
        await broker.ConnectAsync("c", version);
    }

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task A_listeners_max_connections_comes_on_top(ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(configure: static options => options.Listeners["default"].MaxConnections = 1);
        WireClient first = await broker.ConnectAsync("a", version);
        WireClient second = await broker.OpenAsync(version);
        await second.ConnectAsync("b", version, expected: Full(version));
        await second.ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("listener_max_connections"));

        await first.DisconnectAsync();
        await broker.ConnectAsync("b", version);
    }

    [Fact]
    public async Task P_B6_who_waits_for_a_slot_gets_it_when_one_is_free()
    {
        await using TestBroker broker = await TestBroker.StartAsync(configure: static options =>
        {
            options.Listeners["default"].MaxConnections = 1;
            options.Listeners["default"].MaxConnectionsMode = MaxConnectionsMode.Wait;
        });
        WireClient first = await broker.ConnectAsync("a");
        WireClient second = await broker.OpenAsync();
        await second.SendAsync(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "b", CleanStart = true });
        await first.ExpectNothingMoreAsync();
        await first.DisconnectAsync();
        Assert.Equal(ReasonCode.Success, (await second.ReceiveAsync<ConnAckPacket>()).Reason);
    }

    [Fact]
    public async Task P_B6_as_many_may_wait_as_are_told_that_there_is_no_place()
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Tcp, static options =>
        {
            options.Limits.MaxConnections = 16; // an eighth more
            options.Listeners["default"].MaxConnections = 1;
            options.Listeners["default"].MaxConnectionsMode = MaxConnectionsMode.Wait;
            options.Listeners["other"] = new ListenerOptions { Bind = new ListenEndpoint("127.0.0.1", 0), MaxConnections = 1, MaxConnectionsMode = MaxConnectionsMode.Refuse };
        });
        WireClient first = await broker.ConnectAsync("first");
        WireClient[] waiting = [await broker.OpenAsync(), await broker.OpenAsync()];
        await (await broker.OpenAsync()).ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("listener_max_connections"));

        // They hold the descriptors of those who would be told elsewhere, too.
        await (await broker.OpenAsync(listener: "other")).ConnectAsync("other");
        await (await broker.OpenAsync(listener: "other")).ExpectClosedAsync();
        Assert.Equal(2, broker.Refusals("listener_max_connections"));

        foreach (WireClient next in waiting)
        {
            await first.DisconnectAsync();
            await next.ConnectAsync("next");
            first = next;
        }

        WireClient told = await broker.OpenAsync(listener: "other");
        await told.ConnectAsync("told", expected: ReasonCode.ServerUnavailable);
    }

    [Fact]
    public async Task P_B6_who_has_waited_for_a_slot_of_a_full_broker_is_told_and_the_slot_is_free()
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Tcp, static options =>
        {
            options.Limits.MaxConnections = 2;
            options.Listeners["default"].MaxConnections = 1;
            options.Listeners["default"].MaxConnectionsMode = MaxConnectionsMode.Wait;
            options.Listeners["other"] = new ListenerOptions { Bind = new ListenEndpoint("127.0.0.1", 0), MaxConnections = 0 };
        });
        WireClient first = await broker.ConnectAsync("first");
        WireClient waiting = await broker.OpenAsync();
        WireClient elsewhere = await broker.OpenAsync(listener: "other");
        await elsewhere.ConnectAsync("elsewhere");
        await broker.Broker.ReloadAsync(OneConnection(), TestContext.Current.CancellationToken);
        await first.DisconnectAsync();
        await waiting.ConnectAsync("waiting", expected: ReasonCode.ServerUnavailable);
        await waiting.ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("max_connections"));

        await elsewhere.DisconnectAsync();
        await broker.ConnectAsync("next");

        static BrokerOptions OneConnection()
        {
            var options = new BrokerOptions { EventLoops = 1, Plugins = new PluginCollection().Add("anonymous") };
            options.Limits.MaxConnections = 1;
            return options;
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Only_so_many_are_told_that_there_is_no_place(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxConnections = 8); // an eighth more is told
        for (int i = 0; i < 8; i++) await broker.ConnectAsync($"c{i}");
        WireClient told = await broker.OpenAsync();
        WireClient cut = await broker.OpenAsync();
        await cut.ExpectClosedAsync();
        await told.ConnectAsync("c9", expected: ReasonCode.ServerUnavailable);
        Assert.Equal(2, broker.Refusals("max_connections"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Who_is_only_to_be_told_does_not_get_the_whole_connect_timeout(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxConnections = 1);
        await broker.ConnectAsync("a");
        WireClient silent = await broker.OpenAsync();
        await broker.PassTimeUntilAsync(silent.ExpectClosedAsync());
        Assert.Equal(1, broker.Refusals("connect_timeout"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Max_connections_per_address(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxConnectionsPerAddress = 2);
        WireClient first = await broker.ConnectAsync("a");
        await broker.ConnectAsync("b");
        await (await broker.OpenAsync()).ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("max_connections_per_address"));

        await (await broker.OpenAsync(from: Elsewhere)).ConnectAsync("elsewhere");
        await first.DisconnectAsync();
        await broker.ConnectAsync("c");
    }

    [Fact]
    public async Task An_IPv6_address_counts_by_its_network()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, static options => options.Limits.MaxConnectionsPerAddress = 1);
        await (await broker.OpenAsync(from: IPAddress.Parse("2001:db8::1"))).ConnectAsync("a");
        await (await broker.OpenAsync(from: IPAddress.Parse("2001:db8::ffff:2"))).ExpectClosedAsync();
        await (await broker.OpenAsync(from: IPAddress.Parse("2001:db8:0:1::1"))).ConnectAsync("b");
        await (await broker.OpenAsync(from: IPAddress.Parse("::ffff:192.0.2.1"))).ConnectAsync("c");
        await (await broker.OpenAsync(from: Somewhere)).ExpectClosedAsync();
    }

    [Theory]
    [InlineData(ProtocolVersion.V31, ReasonCode.ServerUnavailable)]
    [InlineData(ProtocolVersion.V311, ReasonCode.ServerUnavailable)]
    [InlineData(ProtocolVersion.V5, ReasonCode.ConnectionRateExceeded)]
    public async Task Connect_rate_and_burst_except_for_loopback(ProtocolVersion version, ReasonCode expected)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, static options =>
        {
            options.Limits.ConnectRate = 2;
            options.Limits.ConnectBurst = 3;
        });
        for (int i = 0; i < 3; i++) await (await broker.OpenAsync(version, from: Somewhere)).ConnectAsync($"burst{i}", version);
        WireClient beyond = await broker.OpenAsync(version, from: Elsewhere);
        await beyond.ConnectAsync("beyond", version, expected: expected);
        await beyond.ExpectClosedAsync();
        await broker.ConnectAsync("loopback", version);
        Assert.Equal(1, broker.Refusals("connect_rate"));

        broker.Time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 2; i++) await (await broker.OpenAsync(version, from: Somewhere)).ConnectAsync($"later{i}", version);
        await (await broker.OpenAsync(version, from: Somewhere)).ConnectAsync("beyond", version, expected: expected);
    }

    [Fact]
    public async Task Connect_rate_per_address_except_for_loopback()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, static options => options.Limits.ConnectRatePerAddress = 2);
        for (int i = 0; i < 2; i++) await (await broker.OpenAsync(from: Somewhere)).ConnectAsync($"a{i}");
        await (await broker.OpenAsync(from: Somewhere)).ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("connect_rate_per_address"));
        await (await broker.OpenAsync(from: Elsewhere)).ConnectAsync("b");
        for (int i = 0; i < 5; i++) await broker.ConnectAsync($"loopback{i}");

        broker.Time.Advance(TimeSpan.FromSeconds(1));
        await (await broker.OpenAsync(from: Somewhere)).ConnectAsync("a3");
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_listener_can_have_limits_of_its_own(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options =>
        {
            options.Limits.MaxConnectionsPerAddress = 1;
            options.Listeners["other"] = new ListenerOptions { Bind = new ListenEndpoint("127.0.0.1", 0), Limits = { MaxConnectionsPerAddress = 2 } };
        });
        await broker.ConnectAsync("a");
        await (await broker.OpenAsync()).ExpectClosedAsync();
        for (int i = 0; i < 2; i++) await (await broker.OpenAsync(listener: "other")).ConnectAsync($"o{i}");
        await (await broker.OpenAsync(listener: "other")).ExpectClosedAsync();
        Assert.Equal(["default", "other"], broker.Measure("amqtt.broker.refusals").Select(static m => m.Labels["listener"]).Order());
    }

    private static ReasonCode Full(ProtocolVersion version) => version == ProtocolVersion.V5 ? ReasonCode.QuotaExceeded : ReasonCode.ServerUnavailable;
}
