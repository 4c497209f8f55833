using Amqtt.Broker.Configuration;
using Amqtt.Broker.Listeners;
using Amqtt.Broker.Tests.Support;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Tests.Listeners;

/// <summary>What lies between an accepted connection and MQTT is somebody else's code.</summary>
public sealed class ListenerProtocolTests
{
    [Fact]
    public async Task A_protocol_that_fails_costs_its_connection_and_gives_the_slot_back()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Tcp, static options =>
        {
            options.Listeners["odd"] = new ListenerOptions { Type = ListenerType.Ws, Bind = new ListenEndpoint("127.0.0.1", 0), MaxConnections = 1 };
            options.Listeners.AddType("ws", static _ => new(new FailsOnce()));
        });

        await using (WireClient first = await broker.OpenAsync(listener: "odd")) await first.ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("handshake_failed"));
        Assert.Contains(broker.Log.Lines, static line => line is { Level: LogLevel.Error } && line.Text.Contains("not today", StringComparison.Ordinal));
        WireClient second = await broker.OpenAsync(listener: "odd");
        await second.ConnectAsync("second");
    }

    [Fact]
    public async Task A_protocol_that_cannot_end_keeps_nothing_else_from_it()
    {
        var events = new EventRecorder();
        var ended = new CannotEnd();
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Tcp,
            options =>
            {
                foreach (string name in new[] { "one", "two" }) options.Listeners[name] = new ListenerOptions { Type = ListenerType.Ws, Bind = new ListenEndpoint("127.0.0.1", 0) };
                options.Listeners.AddType("ws", _ => new(ended));
            },
            events);

        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Broker.StopAsync(TestContext.Current.CancellationToken));
        Assert.Equal(BrokerStatus.NotStopped, broker.Broker.Status);
        Assert.Equal(2, ended.Times);
        await events.ExpectAsync("pre_start", "post_start", "pre_shutdown", "post_shutdown");
    }

    private sealed class CannotEnd : IListenerProtocol
    {
        public int Times { get; private set; }

        public ValueTask<Stream?> BeginAsync(AcceptedConnection connection, CancellationToken cancellationToken) => new(connection.Stream);

        public ValueTask DisposeAsync()
        {
            Times++;
            throw new InvalidOperationException("it does not end");
        }
    }

    private sealed class FailsOnce : IListenerProtocol
    {
        private int _count;

        public ValueTask<Stream?> BeginAsync(AcceptedConnection connection, CancellationToken cancellationToken) =>
            _count++ == 0 ? throw new InvalidOperationException("not today") : new(connection.Stream);

        public ValueTask DisposeAsync() => default;
    }
}
