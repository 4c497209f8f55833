using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>The client is connected; see <see cref="ClientPlugin.OnConnectedAsync"/>.</summary>
public sealed class ConnectedEvent : PluginEvent
{
    /// <summary>The broker, without user name and password.</summary>
    public required Uri Broker { get; init; }

    /// <summary>The broker's answer.</summary>
    public required ConnAckPacket Answer { get; init; }

    /// <summary>Whether the client was connected before.</summary>
    public bool IsReconnect { get; init; }

    internal override Hook Hook => Hook.ClientConnected;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel) => ((ClientPlugin)plugin).OnConnectedAsync(this, cancel);
}

/// <summary>The connection ended; see <see cref="ClientPlugin.OnDisconnectedAsync"/>.</summary>
public sealed class DisconnectedEvent : PluginEvent
{
    /// <summary>Whether the program asked for it.</summary>
    public required bool Requested { get; init; }

    /// <summary>The reason code of the DISCONNECT that was sent or received, if there was one.</summary>
    public ReasonCode? Reason { get; init; }

    /// <summary>What went wrong, if something did.</summary>
    public Exception? Error { get; init; }

    internal override Hook Hook => Hook.ClientDisconnected;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel) => ((ClientPlugin)plugin).OnDisconnectedAsync(this, cancel);
}
