using Amqtt.Protocol.Packets;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard;

/// <summary>Logs every packet at Debug, in a line without passwords and payloads. While that level is off, packets are not even decoded for it.</summary>
[PluginAlias("packet_logger")]
[PluginAlias("packet_logger_plugin")]
[PluginAlias("amqtt.plugins.logging_amqtt.PacketLoggerPlugin")]
public sealed class PacketLoggerPlugin : BasePlugin
{
    private readonly PluginContext _context;
    private readonly ILogger _logger;

    /// <summary>A logger of packets.</summary>
    /// <param name="context">Where to switch events off.</param>
    /// <param name="logger">Where to log.</param>
    public PacketLoggerPlugin(PluginContext context, ILogger<PacketLoggerPlugin> logger)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _logger = logger;
        context.OnLogLevelsChanged(ObserveWhatIsLogged);
        ObserveWhatIsLogged();
    }

    /// <inheritdoc/>
    public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) => Log(e.Session, "<-in--", e.Packet);

    /// <inheritdoc/>
    public override ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) => Log(e.Session, "-out->", e.Packet);

    private ValueTask Log(ISession? session, string direction, MqttPacket packet)
    {
        // The client chose its identifier and everything in the packet: none of it may start a new line or move the cursor.
        var line = LogText.Escape(packet.ToString());
        if (session is null) _logger.LogDebug("{Direction} {Packet}", direction, line);
        else _logger.LogDebug("{Client} {Direction} {Packet}", LogText.Escape(session.ClientId), direction, line);
        return default;
    }

    private void ObserveWhatIsLogged()
    {
        Hook[] hooks = [Hook.MqttPacketReceived, Hook.MqttPacketSent];
        if (_logger.IsEnabled(LogLevel.Debug)) _context.Enable(hooks);
        else _context.Disable(hooks);
    }
}
