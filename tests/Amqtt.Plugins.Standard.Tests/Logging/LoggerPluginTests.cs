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
    private static readonly ApplicationMessage Message = new() { Topic = "t" };
    private readonly LogRecorder _log = new();
    private readonly TestSession _session = new("c1");

    [Fact]
    public async Task Every_event_is_logged_by_its_aMQTT_name()
    {
        var host = await StandardHost.Load("[event_logger]", _log);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StartedAsync(TestContext.Current.CancellationToken);
        RaiseAll(host.Hooks);
        await host.StoppingAsync();
        await host.Finish();

        string[] observed =
        [
            "on_mqtt_packet_received", "on_mqtt_packet_sent", "on_broker_client_connected", "on_broker_client_disconnected", "on_broker_authentication_failed",
            "on_broker_session_changed", "on_broker_client_subscribed", "on_broker_client_unsubscribed", "on_broker_retained_message",
            "on_broker_message_received", "on_broker_message_broadcast", "on_broker_message_stage",
        ];
        var lines = _log.Lines.Where(line => line.Category == Events).ToList();
        Assert.Equal(observed.Select(Fired), lines.Select(line => line.Text).Where(text => observed.Any(name => text == Fired(name))));
        string[] awaited = ["on_broker_pre_start", "on_broker_post_start", "on_broker_pre_shutdown", "on_broker_post_shutdown"];
        Assert.Equal(awaited.Select(Fired), lines.Select(line => line.Text).Where(text => awaited.Any(name => text == Fired(name))));
        Assert.Equal(observed.Length + awaited.Length, lines.Count);
        Assert.Equal(
            [Fired("on_broker_client_connected"), Fired("on_broker_client_disconnected")],
            lines.Where(line => line.Level == LogLevel.Information).Select(line => line.Text));
        Assert.All(lines, line => Assert.True(line.Level is LogLevel.Information or LogLevel.Debug));
    }

    [Fact]
    public async Task Packets_are_logged_with_direction_and_client()
    {
        var host = await StandardHost.Load("[packet_logger]", _log);
        var ping = new PingReqPacket();
        host.Hooks.PacketReceived.Raise(new() { Packet = ping, Session = _session });
        host.Hooks.PacketSent.Raise(new() { Packet = ping, Session = _session });
        host.Hooks.PacketReceived.Raise(new() { Packet = ping });
        host.Hooks.PacketSent.Raise(new() { Packet = ping });
        await host.Finish();

        Assert.Equal([$"c1 <-in-- {ping}", $"c1 -out-> {ping}", $"<-in-- {ping}", $"-out-> {ping}"], _log.Of(Packets));
        Assert.All(_log.Lines.Where(line => line.Category == Packets), line => Assert.Equal(LogLevel.Debug, line.Level));
    }

    [Fact]
    public async Task Passwords_are_not_logged_and_text_of_clients_is_escaped()
    {
        var host = await StandardHost.Load("[packet_logger, event_logger]", _log);
        var connect = new ConnectPacket { ClientId = "evil\r\n\u001b[2J\u202e\0", UserName = "user\nname", Password = Encoding.UTF8.GetBytes("canary-password") };
        host.Hooks.PacketReceived.Raise(new() { Packet = connect });
        host.Hooks.PacketReceived.Raise(new() { Packet = connect, Session = new TestSession("evil\r\n\u001b[2J\u202e\0") });
        await host.Finish();

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

    private void RaiseAll(HookTable hooks)
    {
        hooks.PacketReceived.Raise(new() { Packet = new PingReqPacket() });
        hooks.PacketSent.Raise(new() { Packet = new PingRespPacket() });
        hooks.ClientConnected.Raise(new() { ClientId = "c1", Session = _session });
        hooks.ClientDisconnected.Raise(new() { ClientId = "c1", Session = _session, Cause = DisconnectCause.ConnectionLost });
        hooks.AuthenticationFailed.Raise(new() { ClientId = "c1", Listener = "default", Reason = ReasonCode.NotAuthorized });
        hooks.SessionChanged.Raise(new() { ClientId = "c1", Session = _session, Change = SessionChange.Created });
        hooks.ClientSubscribed.Raise(new() { ClientId = "c1", TopicFilter = "t", RequestedQoS = QoS.AtMostOnce, GrantedQoS = QoS.AtMostOnce });
        hooks.ClientUnsubscribed.Raise(new() { ClientId = "c1", TopicFilter = "t", Cause = UnsubscribeCause.Asked });
        hooks.RetainedMessage.Raise(new() { Message = Message });
        hooks.MessageReceived.Raise(new() { ClientId = "c1", Message = Message });
        hooks.MessageBroadcast.Raise(new() { Message = Message });
        hooks.MessageStage.Raise(new() { Stage = MessageStage.NoSubscriber, Message = Message });
    }
}
