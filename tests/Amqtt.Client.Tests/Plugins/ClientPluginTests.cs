using System.Threading.Channels;
using Amqtt.Client.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Tests.Plugins;

/// <summary>P-D12 and the client's side of plugin-framework: events, the right to change an attempt, and faults that stay the plugin's.</summary>
public sealed class ClientPluginTests
{
    [Fact]
    public async Task A_plugin_sees_the_life_of_a_client()
    {
        await using var broker = new ScriptedBroker();
        var recorder = new Recorder();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            options.Plugins.Add(recorder);
            options.AutoReconnect = false;
        });
        await recorder.ExpectAsync("connecting 1", "sent Connect", "received ConnAck", "connected");
        await client.PublishAsync("out", "x");
        await recorder.ExpectAsync("publish out", "sent Publish");
        await wire.ReceiveAsync<PublishPacket>();
        await wire.SendAsync(new PublishPacket { Topic = "in" });
        await recorder.ExpectAsync("received Publish", "message in");
        Assert.Equal((client.ClientId, SessionState.Connected), (client.Session.ClientId, client.Session.State));
        await wire.SendAsync(new DisconnectPacket { Reason = ReasonCode.ServerShuttingDown });
        await recorder.ExpectAsync("received Disconnect", "disconnected ServerShuttingDown");
    }

    [Fact]
    public async Task A_plugin_may_put_in_a_fresh_token()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.Plugins.Add(new Token()));
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        Assert.Equal("fresh", (await wire.ReceiveAsync<ConnectPacket>()).UserName);
        await wire.SendAsync(new ConnAckPacket());
        await connecting.Soon();
    }

    [Fact]
    public async Task A_plugin_that_fails_before_a_connect_fails_the_attempt_only()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options =>
        {
            options.Plugins.Add(new FailsOnce());
            options.ReconnectMaxInterval = TimeSpan.Zero;
        });
        var connecting = client.ConnectAsync();
        await broker.PassTimeUntilAsync(broker.AcceptAsync(new ConnAckPacket()));
        await connecting.Soon();
    }

    [Fact]
    public async Task A_plugin_that_throws_in_every_event_changes_nothing()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options => options.Plugins.Add(new Throws()));
        await client.PublishAsync("t", "x", QoS.AtMostOnce);
        await wire.ExpectPublishAsync("t", "x");
        await wire.SendAsync(new PublishPacket { Topic = "in", Payload = "y"u8.ToArray() });
        Assert.Equal("y", (await client.DeliverMessageAsync().Soon())!.Text);
    }

    [Fact]
    public async Task A_plugin_may_publish_and_subscribe_itself()
    {
        await using var broker = new ScriptedBroker();
        var echo = new Echo();
        var (_, wire) = await broker.ConnectAsync(options => options.Plugins.Add(echo));
        var subscribe = await wire.ReceiveAsync<SubscribePacket>();
        Assert.Equal("ping", subscribe.Subscriptions[0].Filter);
        await wire.SendAsync(new SubAckPacket { PacketId = subscribe.PacketId, Reasons = [ReasonCode.GrantedQoS1] });
        await wire.SendAsync(new PublishPacket { Topic = "ping", Payload = "hello"u8.ToArray() });
        await wire.ExpectPublishAsync("pong", "hello");
    }

    [Fact]
    public async Task The_default_plugin_logs_packets_at_debug()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.Plugins.Add(Client.Configuration.ClientOptions.DefaultPlugin));
        await broker.ConnectAsync(client);
        await client.PublishAsync("t", "x");
        for (var i = 0; !broker.Log.Lines.Any(line => line.Text.Contains("-out-> PUBLISH", StringComparison.Ordinal)); i++)
        {
            Assert.True(i < 3000, "no line");
            await Task.Delay(10);
        }
    }

    private sealed class Recorder : ClientPlugin
    {
        private readonly Channel<string> _events = Channel.CreateUnbounded<string>();

        // Packets and events of one client come in order.
        public async Task ExpectAsync(params string[] events)
        {
            var missing = events.ToList();
            while (missing.Count > 0)
                missing.Remove(await _events.Reader.ReadAsync().Soon());
        }

        public override ValueTask OnConnectingAsync(ConnectingContext context, CancellationToken cancel) => _events.Writer.WriteAsync($"connecting {context.Attempt}", cancel);

        public override ValueTask OnConnectedAsync(ConnectedEvent e, CancellationToken cancel) => _events.Writer.WriteAsync("connected", cancel);

        public override ValueTask OnDisconnectedAsync(DisconnectedEvent e, CancellationToken cancel) => _events.Writer.WriteAsync($"disconnected {e.Reason}", cancel);

        public override ValueTask OnPublishAsync(PublishEvent e, CancellationToken cancel) => _events.Writer.WriteAsync($"publish {e.Message.Topic}", cancel);

        public override ValueTask OnMessageAsync(MessageEvent e, CancellationToken cancel) => _events.Writer.WriteAsync($"message {e.Message.Topic}", cancel);

        public override ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) => _events.Writer.WriteAsync($"sent {e.Packet.Type}", cancel);

        public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) => _events.Writer.WriteAsync($"received {e.Packet.Type}", cancel);
    }

    private sealed class Token : ClientPlugin
    {
        public override ValueTask OnConnectingAsync(ConnectingContext context, CancellationToken cancel)
        {
            context.Options = context.Options with { UserName = "fresh" };
            return default;
        }
    }

    private sealed class FailsOnce : ClientPlugin
    {
        public override ValueTask OnConnectingAsync(ConnectingContext context, CancellationToken cancel) =>
            context.Attempt == 1 ? throw new InvalidOperationException("no token yet") : default;
    }

    private sealed class Throws : ClientPlugin
    {
        public override ValueTask OnConnectedAsync(ConnectedEvent e, CancellationToken cancel) => throw new InvalidOperationException();

        public override ValueTask OnPublishAsync(PublishEvent e, CancellationToken cancel) => throw new InvalidOperationException();

        public override ValueTask OnMessageAsync(MessageEvent e, CancellationToken cancel) => throw new InvalidOperationException();

        public override ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) => throw new InvalidOperationException();
    }

    private sealed class Echo : ClientPlugin
    {
        public override async ValueTask OnConnectedAsync(ConnectedEvent e, CancellationToken cancel)
        {
            var client = (ClientContext)Context;
            await client.SubscribeAsync("ping", QoS.AtLeastOnce, async (message, token) => await client.PublishAsync(new() { Topic = "pong", Payload = message.Payload }, token), cancel);
        }
    }
}
