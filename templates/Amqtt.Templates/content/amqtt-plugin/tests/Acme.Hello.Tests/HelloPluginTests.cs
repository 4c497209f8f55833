using Amqtt.Plugins.Testing;
using Amqtt.Protocol;

namespace Acme.Hello.Tests;

public sealed class HelloPluginTests
{
    [Fact]
    public async Task It_greets_a_client()
    {
        await using var host = await PluginTestHost.StartAsync<HelloPlugin>("greeting: good morning");
        await using var client = await host.ConnectAsync("c1");

        await host.Log.WaitAsync(line => line.Text == "good morning, c1");
    }

    [Fact]
    public async Task It_refuses_what_is_forbidden_and_nothing_else()
    {
        await using var host = await PluginTestHost.StartAsync<HelloPlugin>();
        await using var client = await host.ConnectAsync("c1");

        Assert.Equal(ReasonCode.NotAuthorized, await client.SubscribeAsync("forbidden/#"));
        Assert.Equal(ReasonCode.GrantedQoS1, await client.SubscribeAsync("a/#", QoS.AtLeastOnce));
        await client.PublishAsync("a/b", "x", QoS.AtLeastOnce);
        Assert.Equal("a/b", (await client.ReceiveAsync()).Topic);
    }
}
