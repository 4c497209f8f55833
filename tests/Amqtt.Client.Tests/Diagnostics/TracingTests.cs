using System.Diagnostics;
using System.Diagnostics.Metrics;
using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Tests.Diagnostics;

/// <summary>Traces and metrics. Alone, because an activity listener hears every client of the process.</summary>
[CollectionDefinition(nameof(TracingTests), DisableParallelization = true)]
[Collection(nameof(TracingTests))]
public sealed class TracingTests
{
    [Fact]
    public async Task A_trace_goes_along_with_the_message_and_on_in_the_handler()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Amqtt.Client",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var handled = new TaskCompletionSource<Activity?>();
        var subscribing = client.SubscribeAsync("t", (_, _) =>
        {
            handled.TrySetResult(Activity.Current);
            return default;
        });
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.Success] });
        await subscribing.Soon();

        await client.PublishAsync("t", "x", options: new() { Properties = new() { UserProperties = [new("own", "1")] } });
        var published = await wire.ReceiveAsync<PublishPacket>();
        Assert.Equal(new("own", "1"), published.Properties.UserProperties[0]);
        var (name, parent) = published.Properties.UserProperties[1];
        Assert.Equal("traceparent", name);
        await wire.SendAsync(new PublishPacket { Topic = "t", Properties = published.Properties });
        var activity = await handled.Task.Soon();
        Assert.Equal((ActivityKind.Consumer, parent), (activity!.Kind, activity.ParentId));
    }

    [Fact]
    public async Task Messages_are_counted_by_qos()
    {
        var counted = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument is { Meter.Name: "Amqtt.Client", Name: "amqtt.client.messages.sent" })
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags[0].Value is 0)
                Interlocked.Add(ref counted, value);
        });
        listener.Start();
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        await client.PublishAsync("t", "x");
        await wire.ExpectPublishAsync("t", "x");
        Assert.Equal(1, Interlocked.Read(ref counted));
    }
}
