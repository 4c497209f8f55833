using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Broker.Tests.Lifecycle;

/// <summary>What is put away now and then.</summary>
public sealed class HousekeepingTests
{
    [Fact]
    public async Task Goes_on_after_a_fault()
    {
        var time = new FakeTimeProvider();
        int looks = 0;
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var services = new BrokerServices
        {
            Time = time,
            MemoryInUse = () =>
            {
                if (Interlocked.Increment(ref looks) == 1) throw new IOException("not to be found out now");
                again.TrySetResult();
                return 1;
            },
        };
        var options = new BrokerOptions { EventLoops = 1, Plugins = new PluginCollection().Add("anonymous") };
        options.Listeners[ListenerCollection.DefaultName].Bind = null;
        await using MqttBroker broker = await MqttBroker.StartAsync(options, services, TestContext.Current.CancellationToken);
        for (int tries = 0; !again.Task.IsCompleted && tries < 1000; tries++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(again.Task, Task.Delay(5, TestContext.Current.CancellationToken));
        }

        Assert.True(again.Task.IsCompleted);
    }
}
