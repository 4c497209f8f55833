using System.Diagnostics.Metrics;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Hooks;

/// <summary>An observer that sleeps costs itself its events and nobody else a moment.</summary>
public sealed class SleepingObserverTests
{
    private const int LaneCapacity = 8192;
    private const int Beyond = 100;

    [Theory]
    [InlineData(Link.Tcp, true)]
    [InlineData(Link.Tcp, false)]
    [InlineData(Link.Memory, true)]
    [InlineData(Link.Memory, false)]
    public async Task PF_16_nobody_waits_for_an_observer_that_sleeps_and_what_it_misses_is_counted(Link link, bool blocks)
    {
        using var wake = new ManualResetEventSlim();
        var sleeper = new Sleeper(wake, blocks);
        using var drops = new DropCounter(nameof(Sleeper));
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, sleeper);
        WireClient sender = await broker.ConnectAsync("sender", ProtocolVersion.V5);
        WireClient receiver = await broker.ConnectAsync("receiver", ProtocolVersion.V5);
        await receiver.SubscribeAsync("t", QoS.AtLeastOnce);
        await RoundTripAsync();
        await sleeper.Asleep;

        // The clock stands still: whatever waited for the observer, if only until a time-out, would wait for ever.
        for (int i = 0; i < LaneCapacity + Beyond; i++) await RoundTripAsync();
        Assert.Equal(1, sleeper.Seen);
        Assert.Equal(Beyond, drops.Count);

        wake.Set();
        await sleeper.SawAll.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await RoundTripAsync();
        Assert.Equal(Beyond, drops.Count);

        async Task RoundTripAsync()
        {
            Assert.Equal(ReasonCode.Success, await sender.PublishAsync("t", "x", QoS.AtLeastOnce));
            await receiver.ExpectPublishAsync("t", "x");
        }
    }

    /// <summary>Sleeps over its first message, with its thread or without.</summary>
    private sealed class Sleeper(ManualResetEventSlim wake, bool blocks) : BrokerPlugin
    {
        private readonly TaskCompletionSource _asleep = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _sawAll = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _seen;

        public Task Asleep => _asleep.Task;

        public Task SawAll => _sawAll.Task;

        public int Seen => Volatile.Read(ref _seen);

        public override async ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel)
        {
            int seen = Interlocked.Increment(ref _seen);
            if (seen == LaneCapacity + 1) _sawAll.SetResult();
            if (seen > 1) return;
            _asleep.SetResult();
            if (blocks) wake.Wait(CancellationToken.None);
            else await Task.Run(() => wake.Wait(CancellationToken.None), CancellationToken.None);
        }
    }

    /// <summary>What the counter says that a plugin has missed.</summary>
    private sealed class DropCounter : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public DropCounter(string plugin)
        {
            _listener.InstrumentPublished = static (instrument, self) =>
            {
                if (instrument is { Meter.Name: "Amqtt.Plugins", Name: "amqtt.plugin.drops" }) self.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                if (tags.Contains(new("plugin", plugin)) && tags.Contains(new("hook", nameof(Hook.BrokerMessageReceived)))) Interlocked.Add(ref _count, value);
            });
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
