using System.Net;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Listeners;

/// <summary>Connections that the embedding program hands over (P-B2).</summary>
public sealed class ExternalListenerTests
{
    [Fact]
    public async Task P_B2_the_call_returns_when_the_connection_has_ended()
    {
        var peers = new PeerRecorder();
        await using TestBroker broker = await StartAsync(peers);
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        Task served = broker.Broker.ServeAsync(far, "inside", new IPEndPoint(IPAddress.Parse("192.0.2.7"), 4711));
        await using var client = new WireClient(near);
        await client.ConnectAsync("guest");
        Assert.Equal("guest 192.0.2.7:4711", await peers.NextAsync());
        Assert.False(served.IsCompleted);
        await client.DisconnectAsync();
        await served.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task P_B2_unknown_names_and_missing_peers_are_refused()
    {
        await using TestBroker broker = await StartAsync();
        (_, DuplexStream far) = DuplexStream.CreatePair();
        BrokerException unknown = await Assert.ThrowsAsync<BrokerException>(() => broker.Broker.ServeAsync(far, "outside", new IPEndPoint(IPAddress.Loopback, 1)));
        Assert.Equal("there is no listener 'outside'; there are: default, inside", unknown.Message);
        BrokerException nobody = await Assert.ThrowsAsync<BrokerException>(() => broker.Broker.ServeAsync(far, "inside"));
        Assert.Contains("comes without its peer and is refused", nobody.Message, StringComparison.Ordinal);
        Assert.Equal(ListenerType.External, broker.Broker.GetListener("inside").Type);
        Assert.Throws<BrokerException>(() => broker.Broker.GetListener("outside"));
    }

    [Fact]
    public async Task P_B6_they_are_not_counted()
    {
        await using TestBroker broker = await StartAsync(configure: static inside => inside.MaxConnections = 1);
        for (int i = 0; i < 3; i++)
        {
            (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
            _ = broker.Broker.ServeAsync(far, "inside", new IPEndPoint(IPAddress.Loopback, 1));
            await new WireClient(near).ConnectAsync($"guest{i}");
        }
    }

    private static Task<TestBroker> StartAsync(PeerRecorder? peers = null, Action<ListenerOptions>? configure = null) => TestBroker.StartAsync(
        Link.Tcp,
        options =>
        {
            var inside = new ListenerOptions { Type = ListenerType.External };
            configure?.Invoke(inside);
            options.Listeners["inside"] = inside;
        },
        peers is null ? [] : [peers]);
}
