using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// Logs the name of every event: clients that come and go at Information, everything else at Debug. While a level is off, its events are
/// not even built.
/// </summary>
[PluginAlias("event_logger")]
[PluginAlias("event_logger_plugin")]
[PluginAlias("amqtt.plugins.logging_amqtt.EventLoggerPlugin")]
public sealed class EventLoggerPlugin : BrokerPlugin
{
    private static readonly Hook[] Clients = [Hook.BrokerClientConnected, Hook.BrokerClientDisconnected];

    private static readonly Hook[] Others =
    [
        Hook.MqttPacketReceived, Hook.MqttPacketSent, Hook.BrokerAuthenticationFailed, Hook.BrokerSessionChanged, Hook.BrokerClientSubscribed,
        Hook.BrokerClientUnsubscribed, Hook.BrokerRetainedMessage, Hook.BrokerMessageReceived, Hook.BrokerMessageBroadcast, Hook.BrokerMessageStage,
    ];

    private readonly BrokerContext _context;
    private readonly ILogger _logger;

    /// <summary>A logger of events.</summary>
    /// <param name="context">Where to switch events off.</param>
    /// <param name="logger">Where to log.</param>
    public EventLoggerPlugin(BrokerContext context, ILogger<EventLoggerPlugin> logger)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _logger = logger;
        context.OnLogLevelsChanged(ObserveWhatIsLogged);
        ObserveWhatIsLogged();
    }

    /// <inheritdoc/>
    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => Fired("on_broker_pre_start");

    /// <inheritdoc/>
    public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel) => Fired("on_broker_post_start");

    /// <inheritdoc/>
    public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => Fired("on_broker_pre_shutdown");

    /// <inheritdoc/>
    public override ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => Fired("on_broker_post_shutdown");

    /// <inheritdoc/>
    public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) => Fired("on_mqtt_packet_received");

    /// <inheritdoc/>
    public override ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) => Fired("on_mqtt_packet_sent");

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
        => Fired("on_broker_client_connected", LogLevel.Information);

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel)
        => Fired("on_broker_client_disconnected", LogLevel.Information);

    /// <inheritdoc/>
    public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) => Fired("on_broker_authentication_failed");

    /// <inheritdoc/>
    public override ValueTask OnBrokerSessionChangedAsync(SessionChangedEvent e, CancellationToken cancel) => Fired("on_broker_session_changed");

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) => Fired("on_broker_client_subscribed");

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientUnsubscribedAsync(ClientUnsubscribedEvent e, CancellationToken cancel) => Fired("on_broker_client_unsubscribed");

    /// <inheritdoc/>
    public override ValueTask OnBrokerRetainedMessageAsync(RetainedMessageEvent e, CancellationToken cancel) => Fired("on_broker_retained_message");

    /// <inheritdoc/>
    public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => Fired("on_broker_message_received");

    /// <inheritdoc/>
    public override ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel) => Fired("on_broker_message_broadcast");

    /// <inheritdoc/>
    public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel) => Fired("on_broker_message_stage");

    private ValueTask Fired(string name, LogLevel level = LogLevel.Debug)
    {
        _logger.Log(level, "### '{Event}' EVENT FIRED ###", name);
        return default;
    }

    private void ObserveWhatIsLogged()
    {
        Observe(Clients, LogLevel.Information);
        Observe(Others, LogLevel.Debug);
    }

    private void Observe(Hook[] hooks, LogLevel level)
    {
        if (_logger.IsEnabled(level)) _context.Enable(hooks);
        else _context.Disable(hooks);
    }
}
