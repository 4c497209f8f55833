using System.Text;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard.Tests;

/// <summary>P-F9, and the loggers' names in P-E18.</summary>
public sealed class LoggerPluginTests
{
    private const string Events = "amqtt.broker.plugins.EventLoggerPlugin";
    private const string Packets = "amqtt.broker.plugins.PacketLoggerPlugin";
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task Every_event_is_logged_by_its_aMQTT_name()
    {
        (Hook Hook, string Name)[] observed =
        [
            (Hook.MqttPacketReceived, "on_mqtt_packet_received"), (Hook.MqttPacketSent, "on_mqtt_packet_sent"), (Hook.BrokerClientConnected, "on_broker_client_connected"),
            (Hook.BrokerClientDisconnected, "on_broker_client_disconnected"), (Hook.BrokerAuthenticationFailed, "on_broker_authentication_failed"),
            (Hook.BrokerSessionChanged, "on_broker_session_changed"), (Hook.BrokerClientSubscribed, "on_broker_client_subscribed"),
            (Hook.BrokerClientUnsubscribed, "on_broker_client_unsubscribed"), (Hook.BrokerRetainedMessage, "on_broker_retained_message"),
            (Hook.BrokerMessageReceived, "on_broker_message_received"), (Hook.BrokerMessageBroadcast, "on_broker_message_broadcast"), (Hook.BrokerMessageStage, "on_broker_message_stage"),
        ];
        var host = await PluginTestHost.StartAsync("plugins: [{anonymous: {allow_anonymous: false}}, event_logger]");
        await using (host)
        {
            await host.LogInAsync(null, null);
            var client = await host.ConnectAsync("c1", "user");
            await client.SubscribeAsync("t");
            await client.PublishAsync("t", "x", QoS.AtLeastOnce, retain: true);
            await client.UnsubscribeAsync("t");
            await client.DisconnectAsync();
            foreach (var (hook, _) in observed) await host.Calls.WaitAsync(hook);
        }

        var lines = host.Log.Lines.Where(line => line.Category == Events).ToList();
        foreach (var (hook, name) in observed) Assert.Equal(host.Calls.Of(hook).Count, lines.Count(line => line.Text == Fired(name)));
        string[] awaited = ["on_broker_pre_start", "on_broker_post_start", "on_broker_pre_shutdown", "on_broker_post_shutdown"];
        Assert.Equal(awaited.Select(Fired), lines.Select(line => line.Text).Where(text => awaited.Any(name => text == Fired(name))));
        Assert.Equal(observed.Sum(pair => host.Calls.Of(pair.Hook).Count) + awaited.Length, lines.Count);
        Assert.Equal(
            [Fired("on_broker_client_connected"), Fired("on_broker_client_disconnected")],
            lines.Where(line => line.Level == LogLevel.Information).Select(line => line.Text));
        Assert.All(lines, line => Assert.True(line.Level is LogLevel.Information or LogLevel.Debug));
    }

    [Fact]
    public async Task Packets_are_logged_with_direction_and_client()
    {
        var host = await PluginTestHost.StartAsync("plugins: [{anonymous: {allow_anonymous: false}}, packet_logger]");
        await using (host)
        {
            await host.TryConnectAsync(PluginTestHost.CreateConnect("refused"));
            var client = await host.ConnectAsync("c1", "user");
            await client.ExpectNothingAsync();
        }

        var refused = new ConnAckPacket { Reason = ReasonCode.NotAuthorized };
        var lines = host.Log.Lines.Where(line => line.Category == Packets).ToList();
        Assert.Contains(lines, line => line.Text == $"c1 <-in-- {PingReqPacket.Instance}");
        Assert.Contains(lines, line => line.Text == $"c1 -out-> {PingRespPacket.Instance}");
        Assert.Contains(lines, line => line.Text == $"<-in-- {PluginTestHost.CreateConnect("refused")}");
        Assert.Contains(lines, line => line.Text == $"-out-> {refused}");
        Assert.All(lines, line => Assert.Equal(LogLevel.Debug, line.Level));
    }

    // Not through the wire, whose decoder lets no such text in: the logger does not count on that.
    [Fact]
    public async Task Passwords_are_not_logged_and_text_of_clients_is_escaped()
    {
        var host = await StandardHost.Load("[packet_logger, event_logger]", _log);
        var connect = new ConnectPacket { ClientId = "evil\r\n\u001b[2J\u202e\0", UserName = "user\nname", Password = Encoding.UTF8.GetBytes("canary-password") };
        host.Hooks.PacketReceived.Raise(new() { Packet = connect });
        host.Hooks.PacketReceived.Raise(new() { Packet = connect, Session = new TestSession("evil\r\n\u001b[2J\u202e\0") });
        await host.StoppedAsync();
        await host.DisposeAsync();

        Assert.Equal(2, _log.Of(Packets).Count());
        Assert.All(_log.Lines, line =>
        {
            Assert.DoesNotContain("canary", line.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(line.Text, c => char.IsControl(c) || c == '\u202e');
        });
    }

    [Theory]
    [InlineData(LogLevel.Debug, false, false)]
    [InlineData(LogLevel.Information, true, false)]
    [InlineData(LogLevel.Warning, true, true)]
    public async Task What_is_not_logged_is_not_even_built(LogLevel level, bool isQuiet, bool isSilent)
    {
        _log.Level = level;
        await using var host = await StandardHost.Load("[event_logger_plugin, packet_logger_plugin, anonymous]", _log);
        Check(host.Hooks, isQuiet, isSilent);
    }

    [Fact]
    public async Task A_change_of_levels_is_followed()
    {
        _log.Level = LogLevel.Warning;
        await using var host = await StandardHost.Load("[amqtt.plugins.logging_amqtt.EventLoggerPlugin, amqtt.plugins.logging_amqtt.PacketLoggerPlugin]", _log);
        _log.Level = LogLevel.Debug;
        host.NotifyLogLevelsChanged();
        Check(host.Hooks, isQuiet: false, isSilent: false);
        _log.Level = LogLevel.Information;
        host.NotifyLogLevelsChanged();
        Check(host.Hooks, isQuiet: true, isSilent: false);
    }

    private static string Fired(string name) => $"### '{name}' EVENT FIRED ###";

    private static void Check(HookTable hooks, bool isQuiet, bool isSilent)
    {
        bool[] debug =
        [
            hooks.PacketReceived.IsEmpty, hooks.PacketSent.IsEmpty, hooks.AuthenticationFailed.IsEmpty, hooks.SessionChanged.IsEmpty, hooks.ClientSubscribed.IsEmpty,
            hooks.ClientUnsubscribed.IsEmpty, hooks.RetainedMessage.IsEmpty, hooks.MessageReceived.IsEmpty, hooks.MessageBroadcast.IsEmpty, hooks.MessageStage.IsEmpty,
        ];
        Assert.All(debug, isEmpty => Assert.Equal(isQuiet, isEmpty));
        Assert.Equal((isSilent, isSilent), (hooks.ClientConnected.IsEmpty, hooks.ClientDisconnected.IsEmpty));
    }
}
