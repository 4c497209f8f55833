using System.Net.WebSockets;
using Amqtt.Client.Configuration;

namespace Amqtt.Client.Transport;

/// <summary>Opens a WebSocket with the subprotocol <c>mqtt</c> [MQTT-6.0.0-3] as a stream of binary frames [MQTT-6.0.0-1].</summary>
internal static class WebSocketOpener
{
    public static async Task<Stream> OpenAsync(BrokerUri broker, IReadOnlyDictionary<string, string> headers, ClientTls? tls, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false };
        var invoker = new HttpMessageInvoker(handler);
        try
        {
            if (tls is not null)
                handler.SslOptions = tls.OptionsFor(broker.Host);
            socket.Options.AddSubProtocol("mqtt");
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            foreach (var (name, value) in headers)
                socket.Options.SetRequestHeader(name, value);
            await socket.ConnectAsync(broker.Address, invoker, cancel);
            if (socket.SubProtocol != "mqtt")
                throw new WebSocketException(WebSocketError.UnsupportedProtocol, $"the server did not accept the subprotocol 'mqtt' but '{socket.SubProtocol}'");
            return new WebSocketByteStream(socket, invoker);
        }
        catch
        {
            socket.Dispose();
            invoker.Dispose();
            throw;
        }
    }
}
