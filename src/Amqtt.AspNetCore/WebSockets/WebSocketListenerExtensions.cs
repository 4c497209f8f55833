using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker.Configuration;

namespace Amqtt.AspNetCore;

/// <summary>WebSocket for the listeners of a broker.</summary>
public static class WebSocketListenerExtensions
{
    /// <summary>
    /// Serves listeners of type <c>ws</c>, with <c>ssl: true</c> also secure ones, at any path. <c>AddAmqttBroker</c> and the command <c>amqtt</c> do so by themselves.
    /// </summary>
    /// <param name="listeners">The listeners of a broker that has not been made yet.</param>
    public static ListenerCollection AddWebSockets(this ListenerCollection listeners)
    {
        ArgumentNullException.ThrowIfNull(listeners);
        return listeners.AddType("ws", WebSocketProtocol.StartAsync);
    }
}
