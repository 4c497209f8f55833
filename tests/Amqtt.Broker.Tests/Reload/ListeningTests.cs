using System.Collections.Concurrent;
using System.Globalization;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Reload;

/// <summary>PF-19 for plugins that listen: whoever takes their place goes on where they leave off, and what they have heard they handle.</summary>
public sealed class ListeningTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task PF_19_replacing_a_plugin_that_listens_loses_duplicates_and_reorders_nothing(Link link)
    {
        const int Messages = 2_000, Publishers = 4;
        var heard = new ConcurrentQueue<(string Publisher, int Number, int Instance)>();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Listens(heard, 0));
        Task[] publishing = await Task.WhenAll(Enumerable.Range(0, Publishers).Select(async i => PublishAsync(await broker.ConnectAsync($"p{i}"), Messages)));
        int instances = 1;
        for (; publishing.Any(static one => !one.IsCompleted) && instances < 100; instances++)
            await broker.Broker.ReloadAsync(ReloadTests.Options(new Listens(heard, instances)), Cancel);
        await Task.WhenAll(publishing);
        await broker.Broker.StopAsync(Cancel);
        Assert.True(instances > 1);
        Assert.Equal(Messages * Publishers, heard.Count);
        foreach (var publisher in heard.GroupBy(static message => message.Publisher))
        {
            // Two copies may handle what they heard side by side, but each went on where the other had left off.
            var order = publisher.OrderBy(static message => message.Number).ToArray();
            Assert.Equal(Enumerable.Range(0, Messages), order.Select(static message => message.Number));
            Assert.Equal(order.Select(static message => message.Instance).Order(), order.Select(static message => message.Instance));
        }

        foreach (var lane in heard.GroupBy(static message => (message.Publisher, message.Instance)))
            Assert.Equal(lane.Select(static message => message.Number).Order(), lane.Select(static message => message.Number));
    }

    [Fact]
    public async Task What_a_plugin_has_heard_it_handles_before_it_is_replaced()
    {
        var heard = new ConcurrentQueue<(string Publisher, int Number, int Instance)>();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var old = new Listens(heard, 0) { Until = held.Task };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, old);
        await PublishAsync(await broker.ConnectAsync("c"), 10);
        Task reload = broker.Broker.ReloadAsync(ReloadTests.Options(new Listens(heard, 1)), Cancel);
        await PublishAsync(await broker.ConnectAsync("d"), 1);
        Assert.False(reload.IsCompleted);
        held.SetResult();
        await reload;
        Assert.Equal(10, heard.Count(static message => message is { Publisher: "c", Instance: 0 }));
        await broker.Broker.StopAsync(Cancel);
        Assert.Equal(11, heard.Count);
    }

    [Fact]
    public async Task What_a_plugin_has_heard_it_handles_before_the_broker_has_stopped()
    {
        var heard = new ConcurrentQueue<(string Publisher, int Number, int Instance)>();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Listens(heard, 0) { Until = held.Task });
        await PublishAsync(await broker.ConnectAsync("c"), 10);
        Task stop = broker.Broker.StopAsync(Cancel);
        held.SetResult();
        await stop;
        Assert.Equal(10, heard.Count);
    }

    [Fact]
    public async Task A_plugin_that_is_not_there_yet_hears_nothing_and_does_not_hear_what_its_old_copy_publishes()
    {
        var heard = new ConcurrentQueue<(string Publisher, int Number, int Instance)>();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var old = new Listens(heard, 0) { Until = held.Task };
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, old);
        WireClient client = await broker.ConnectAsync("c");
        await PublishAsync(client, 1);
        var fresh = new Listens(heard, 1) { Starts = new(TaskCreationOptions.RunContinuationsAsynchronously), MayStart = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        Task reload = broker.Broker.ReloadAsync(ReloadTests.Options(fresh), Cancel);
        await fresh.Starts.Task;
        await client.PublishAsync("heard", "1", QoS.AtLeastOnce);
        fresh.MayStart.SetResult();
        int last = 1;
        while (!fresh.Heard.Task.IsCompleted) await client.PublishAsync("heard", $"{++last}", QoS.AtLeastOnce);
        await old.PublishAsync("-1");
        held.SetResult();
        await reload;
        await broker.Broker.StopAsync(Cancel);
        Assert.Equal(Enumerable.Range(0, last + 1), heard.Select(static message => message.Number).Order());
        Assert.True(heard.Where(static message => message.Number < 2).All(static message => message.Instance == 0));
    }

    private static async Task PublishAsync(WireClient client, int messages)
    {
        for (int i = 0; i < messages; i++) await client.PublishAsync("heard", $"{i}", QoS.AtLeastOnce);
    }

    private sealed class Listens(ConcurrentQueue<(string Publisher, int Number, int Instance)> heard, int instance) : BrokerPlugin
    {
        public Task Until { get; init; } = Task.CompletedTask;

        public TaskCompletionSource? Starts { get; init; }

        public TaskCompletionSource? MayStart { get; init; }

        public TaskCompletionSource Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
        {
            Context.Listen("heard", HearAsync);
            Starts?.SetResult();
            return MayStart is null ? default : new(MayStart.Task);
        }

        public async Task PublishAsync(string payload) => await Context.PublishAsync("heard", payload);

        private async ValueTask HearAsync(HeardMessage message, CancellationToken cancel)
        {
            Heard.TrySetResult();
            await Until.WaitAsync(cancel);
            heard.Enqueue((message.ClientId ?? "", int.Parse(message.Message.Payload.Span, CultureInfo.InvariantCulture), instance));
        }
    }
}
