using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A packet arrived and was decoded; see <see cref="BasePlugin.OnMqttPacketReceivedAsync"/>.</summary>
public sealed class PacketReceivedEvent : PluginEvent
{
    /// <summary>The packet. The broker hands a CONNECT over without its password.</summary>
    public required MqttPacket Packet { get; init; }

    /// <summary>The session of the sender; null for CONNECT.</summary>
    public ISession? Session { get; init; }

    internal override Hook Hook => Hook.MqttPacketReceived;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel) => plugin.OnMqttPacketReceivedAsync(this, cancel);
}

/// <summary>A packet was written; see <see cref="BasePlugin.OnMqttPacketSentAsync"/>.</summary>
public sealed class PacketSentEvent : PluginEvent
{
    /// <summary>The packet.</summary>
    public required MqttPacket Packet { get; init; }

    /// <summary>The session of the receiver; null for a CONNACK that refuses.</summary>
    public ISession? Session { get; init; }

    internal override Hook Hook => Hook.MqttPacketSent;

    internal override bool MayBeDropped => true;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel) => plugin.OnMqttPacketSentAsync(this, cancel);
}
