using System.Net;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task P_B2_a_stream_that_fails_in_its_own_way_ends_its_connection(bool reading)
    {
        await using TestBroker broker = await StartAsync();
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        await using var stream = new FailingStream(far);
        Task served = broker.Broker.ServeAsync(stream, "inside", new IPEndPoint(IPAddress.Loopback, 1));
        await using var client = new WireClient(near);
        await client.ConnectAsync("guest");
        stream.Fail(reading);
        await client.SendAsync(new PingReqPacket());
        await served.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Contains(broker.Log.Lines, static line => line is { Level: LogLevel.Error } && line.Text.Contains("the cable is torn", StringComparison.Ordinal));
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

    /// <summary>Throws what no stream of the framework does.</summary>
    private sealed class FailingStream(Stream inner) : StreamAround(inner)
    {
        private volatile bool _failsToRead;
        private volatile bool _failsToWrite;

        public void Fail(bool reading) => (_failsToRead, _failsToWrite) = (reading, !reading);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await base.ReadAsync(buffer, cancellationToken);
            return _failsToRead ? throw new ArithmeticException("the cable is torn") : count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            _failsToWrite ? throw new ArithmeticException("the cable is torn") : base.WriteAsync(buffer, cancellationToken);
    }
}
