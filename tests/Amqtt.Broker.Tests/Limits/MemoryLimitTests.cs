using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>Above <c>max_memory</c> one thing after the other is given up; below it everything comes back.</summary>
public sealed class MemoryLimitTests
{
    private const long Maximum = 100L << 20;

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Is_kept_by_giving_up_one_thing_after_the_other(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options =>
        {
            options.Limits.MaxMemory = Maximum;
            options.EventLoops = 1;
        });
        WireClient client = await broker.ConnectAsync("c"), probe = await broker.ConnectAsync("probe"), queue = await ConnectQueueAsync(broker);
        await queue.SubscribeAsync("queued", QoS.AtLeastOnce);
        await queue.DisconnectAsync();
        await client.PublishAsync("retained", "r", QoS.AtLeastOnce, retain: true);
        await client.PublishAsync("queued", "q", QoS.AtLeastOnce);
        await client.SubscribeAsync("t");

        await LookAsync(broker, probe, Maximum, 0); // at the limit
        await (await broker.ConnectAsync("at the limit")).DisconnectAsync();

        await LookAsync(broker, probe, Maximum + 1, 1);
        foreach ((ProtocolVersion version, ReasonCode expected) in new[] { (ProtocolVersion.V311, ReasonCode.ServerUnavailable), (ProtocolVersion.V5, ReasonCode.QuotaExceeded) })
            await (await broker.OpenAsync(version)).ConnectAsync("new", version, expected: expected);
        Assert.Equal(2, broker.Refusals("max_memory"));
        await client.SubscribeAsync("retained");
        await client.ExpectPublishAsync("retained", "r");

        await LookAsync(broker, probe, Maximum + 1, 2);
        await client.SubscribeAsync("retained");
        await client.PublishAsync("t", "0");
        await client.ExpectPublishAsync("t", "0");
        await client.ExpectNothingMoreAsync();

        await LookAsync(broker, probe, Maximum + 1, 3);
        await client.PublishAsync("t", "0");
        await client.ExpectNothingMoreAsync();
        Assert.Equal(1, broker.Dropped("memory_pressure"));

        await LookAsync(broker, probe, Maximum + 1, 4);
        Assert.Equal(2, broker.Dropped("memory_pressure"));

        // Not before there is room again, and one step after the other.
        await LookAsync(broker, probe, Maximum, 4);
        for (int step = 3; step >= 0; step--) await LookAsync(broker, probe, Maximum / 2, step);

        await client.ExpectPublishAsync("retained", "r"); // it has waited
        await client.PublishAsync("t", "0");
        await client.ExpectPublishAsync("t", "0");
        queue = await ConnectQueueAsync(broker);
        await queue.ExpectNothingMoreAsync();
    }

    private static Task<WireClient> ConnectQueueAsync(TestBroker broker) => broker.ConnectAsync("queue", ProtocolVersion.V311, cleanStart: false);

    /// <summary>The broker looks once, and has drawn its conclusions when this completes.</summary>
    private static async Task LookAsync(TestBroker broker, WireClient probe, long bytes, int pressure)
    {
        broker.Memory.Bytes = bytes;
        Task look = broker.Memory.NextLookAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(1));
        await look;
        // What the look has posted to the only loop is done before the second of two packets is.
        for (int i = 0; i < 2; i++) await probe.ExpectNothingMoreAsync();
        Assert.Equal(pressure, Assert.Single(broker.Measure("amqtt.broker.memory.pressure")).Value);
    }
}
