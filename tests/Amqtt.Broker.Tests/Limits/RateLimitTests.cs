using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>How fast a client may be: it is not read until it may go on, and nothing is lost.</summary>
public sealed class RateLimitTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public Task Publish_rate(Link link, ProtocolVersion version) => ThirdWaitsAsync(link, version, static limits => limits.PublishRate = 2);

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public Task Publish_rate_bytes(Link link, ProtocolVersion version) =>
        ThirdWaitsAsync(link, version, static limits => limits.PublishRateBytes = 110, new string('x', 45));

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task A_plugin_grants_a_rate_to_one_client(Link link, ProtocolVersion version)
    {
        await ThirdWaitsAsync(link, version, static _ => { }, plugin: [new Authenticates(static context =>
        {
            if (context.ClientId == "p") context.Limits = new ClientLimits { PublishRate = 2 };
            return true;
        })]);
        await ThirdWaitsAsync(link, version, static limits => limits.PublishRate = 1000, plugin: [new Authenticates(static context =>
        {
            if (context.ClientId == "p") context.Limits = new ClientLimits { PublishRateBytes = 110 };
            return true;
        })], text: new string('x', 45));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_client_that_waits_for_its_budget_is_not_taken_for_dead(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.PublishRate = 1);
        WireClient client = await broker.ConnectAsync("p", keepAlive: 1);
        for (int i = 0; i < 10; i++) await client.SendAsync(new PublishPacket { Topic = "t", QoS = QoS.AtLeastOnce, PacketId = (ushort)(i + 1) });
        await client.SendAsync(PingReqPacket.Instance);
        for (int i = 0; i < 10; i++)
        {
            Task<PubAckPacket> answer = client.ReceiveAsync<PubAckPacket>();
            while (!answer.IsCompleted)
            {
                broker.Time.Advance(TimeSpan.FromMilliseconds(250));
                await Task.WhenAny(answer, Task.Delay(1));
            }

            await answer;
        }

        Assert.Equal(0, broker.Refusals("keep_alive_timeout"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Nothing_is_left_of_a_client_that_is_gone_before_its_budget_is_back(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.PublishRateBytes = 1);
        WeakReference session = await SpendAsync(broker);
        // The time that is left to the peer to close is over.
        broker.Time.Advance(TimeSpan.FromSeconds(3));
        for (int tries = 0; session.IsAlive && tries < 1000; tries++)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
            GC.Collect();
        }

        Assert.False(session.IsAlive);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Max_round_bytes_and_deliveries_change_nothing_but_whose_turn_it_is(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options =>
        {
            options.Limits.MaxRoundBytes = 4 * 1024;
            options.Limits.MaxRoundDeliveries = 1;
        });
        WireClient client = await broker.ConnectAsync("c");
        await client.SubscribeAsync("t");
        byte[] small = PacketCodec.Encode(new PublishPacket { Topic = "t", Payload = new byte[10] }, ProtocolVersion.V311);
        byte[] large = PacketCodec.Encode(new PublishPacket { Topic = "t", Payload = new byte[100 * 1024] }, ProtocolVersion.V311);
        await client.SendAsync([.. Enumerable.Repeat(small, 1000).SelectMany(static packet => packet), .. large]);
        for (int i = 0; i < 1000; i++) Assert.Equal(10, (await client.ReceivePublishAsync()).Payload.Length);
        Assert.Equal(100 * 1024, (await client.ReceivePublishAsync()).Payload.Length);
    }

    /// <summary>In a method of its own, so that nothing here holds the session.</summary>
    private static async Task<WeakReference> SpendAsync(TestBroker broker)
    {
        WireClient client = await broker.ConnectAsync("p");
        await client.PublishAsync("t", new string('x', 10_000), QoS.AtLeastOnce);
        var session = new WeakReference(broker.Broker.FindSession("p"));
        Assert.True(await broker.Broker.DisconnectAsync("p", cancel: TestContext.Current.CancellationToken));
        await client.DisposeAsync();
        return session;
    }

    private static async Task ThirdWaitsAsync(Link link, ProtocolVersion version, Action<LimitOptions> configure, string text = "x", params BasePlugin[] plugin)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, options => configure(options.Limits), plugin);
        WireClient publisher = await broker.ConnectAsync("p", version), other = await broker.ConnectAsync("o", version);
        await other.SubscribeAsync("t");
        for (int i = 0; i < 3; i++) await publisher.PublishAsync("t", text, QoS.AtLeastOnce); // the third overdraws
        await publisher.SendAsync(new PublishPacket { Topic = "t", QoS = QoS.AtLeastOnce, PacketId = 99 });
        for (int i = 0; i < 3; i++) await other.ReceivePublishAsync();
        await other.PublishAsync("t", text, QoS.AtLeastOnce); // has a budget of its own
        await other.ReceivePublishAsync();
        await other.ExpectNothingMoreAsync();
        Assert.Equal(1, broker.Refusals("publish_rate"));

        broker.Time.Advance(TimeSpan.FromSeconds(1));
        await other.ReceivePublishAsync();
        await publisher.ExpectAsync(new PubAckPacket { PacketId = 99 });
    }
}
