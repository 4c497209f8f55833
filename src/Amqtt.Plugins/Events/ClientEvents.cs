using System.Net;
using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>A client is connected; see <see cref="BrokerPlugin.OnBrokerClientConnectedAsync"/>.</summary>
public sealed class ClientConnectedEvent : PluginEvent
{
    /// <summary>The client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>The client's session.</summary>
    public required ISession Session { get; init; }

    internal override Hook Hook => Hook.BrokerClientConnected;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerClientConnectedAsync(this, cancel);
}

/// <summary>A client is gone; see <see cref="BrokerPlugin.OnBrokerClientDisconnectedAsync"/>.</summary>
public sealed class ClientDisconnectedEvent : PluginEvent
{
    /// <summary>The client identifier.</summary>
    public required string ClientId { get; init; }

    /// <summary>The client's session. It may have ended with the connection; its facts stay readable.</summary>
    public required ISession Session { get; init; }

    /// <summary>Who or what ended the connection.</summary>
    public required DisconnectCause Cause { get; init; }

    /// <summary>The reason code of the DISCONNECT that was received or sent, if there was one.</summary>
    public ReasonCode? Reason { get; init; }

    /// <summary>The plugin that ended the connection, or failed to answer, as logs name it; null if none did.</summary>
    public string? Plugin { get; init; }

    internal override Hook Hook => Hook.BrokerClientDisconnected;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerClientDisconnectedAsync(this, cancel);
}

/// <summary>Who or what ended a connection.</summary>
public enum DisconnectCause
{
    /// <summary>The client sent DISCONNECT.</summary>
    ClientDisconnect,

    /// <summary>The network connection was closed or broke.</summary>
    ConnectionLost,

    /// <summary>Nothing arrived for one and a half times the keep-alive.</summary>
    KeepAliveTimeout,

    /// <summary>The client sent something that is no MQTT or is not allowed.</summary>
    ProtocolError,

    /// <summary>Another connection took over the session.</summary>
    SessionTakenOver,

    /// <summary>The client passed one of the broker's limits.</summary>
    LimitExceeded,

    /// <summary>A plugin or an operator ended it.</summary>
    Administrative,

    /// <summary>What it had authenticated with expired.</summary>
    CredentialExpired,

    /// <summary>A plugin failed while it decided about this client.</summary>
    PluginFault,

    /// <summary>The broker shuts down.</summary>
    ServerShutdown,
}

/// <summary>A CONNECT was refused; see <see cref="BrokerPlugin.OnBrokerAuthenticationFailedAsync"/>.</summary>
public sealed class AuthenticationFailedEvent : PluginEvent
{
    /// <summary>The client identifier of the CONNECT; may be empty.</summary>
    public required string ClientId { get; init; }

    /// <summary>The user name of the CONNECT, or null.</summary>
    public string? UserName { get; init; }

    /// <summary>Where it came from, or null.</summary>
    public IPAddress? RemoteAddress { get; init; }

    /// <summary>The name of the listener, as configured.</summary>
    public required string Listener { get; init; }

    /// <summary>Why it was refused; a v3 client got the nearest return code.</summary>
    public required ReasonCode Reason { get; init; }

    /// <summary>The reason in words, if there are any.</summary>
    public string? Text { get; init; }

    /// <summary>The plugin that refused it or failed to answer, as logs name it; null if the broker refused it, or no plugin allowed it.</summary>
    public string? Plugin { get; init; }

    internal override Hook Hook => Hook.BrokerAuthenticationFailed;

    internal override ValueTask DeliverAsync(BasePlugin plugin, CancellationToken cancel)
        => ((BrokerPlugin)plugin).OnBrokerAuthenticationFailedAsync(this, cancel);
}
