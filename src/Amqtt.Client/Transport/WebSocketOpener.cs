using System.Net.WebSockets;
using System.Security.Authentication;
using Amqtt.Client.Configuration;
using Amqtt.Plugins;

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
                SetHeader(socket.Options, name, value);
            await socket.ConnectAsync(broker.Address, invoker, cancel);
            if (socket.SubProtocol != "mqtt")
                throw new WebSocketException(WebSocketError.UnsupportedProtocol, $"the server did not accept the subprotocol 'mqtt' but '{socket.SubProtocol}'");
            return new WebSocketByteStream(socket, invoker);
        }
        catch (Exception failed)
        {
            socket.Dispose();
            invoker.Dispose();
            if (failed is WebSocketException && tls?.Refusal is { } why)
                throw new AuthenticationException(why, failed);
            throw;
        }
    }

    private static void SetHeader(ClientWebSocketOptions options, string name, string value)
    {
        try
        {
            options.SetRequestHeader(name, value);
        }
        catch (ArgumentException impossible)
        {
            // Never the value, which may be a secret.
            throw new ClientException($"The header '{LogText.Escape(name)}' is none that HTTP carries; expected a name without spaces and a value without control characters.", impossible);
        }
    }
}
