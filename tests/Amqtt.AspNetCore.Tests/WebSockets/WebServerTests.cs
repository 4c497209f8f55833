using System.Text;
using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker;
using Amqtt.Broker.Listeners;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Amqtt.AspNetCore.Tests.WebSockets;

/// <summary>The web server behind a listener, as the listener sets it up.</summary>
public sealed class WebServerTests
{
    private const string Begun = "GET / HTTP/1.1\r\n";
    private const string Rest = "Host: broker.example\r\n\r\n";

    [Fact]
    public async Task It_has_no_clock_of_its_own_for_requests()
    {
        var transport = new StreamTransport();
        using var server = new KestrelServer(Options.Create(WebSocketProtocol.ServerOptions()), transport, NullLoggerFactory.Instance);
        await server.StartAsync(new Empty(), TestContext.Current.CancellationToken);
        (DuplexStream client, DuplexStream accepted) = DuplexStream.CreatePair();
        await using var connection = new StreamConnection(new AcceptedConnection(accepted, RemoteEndPoint: null, LocalEndPoint: null, IsEncrypted: false));
        transport.Offer(connection);
        await SendAsync(client, Begun + Rest);
        Assert.StartsWith("HTTP/1.1 200 ", await ReceiveAsync(client), StringComparison.Ordinal);

        // It looks at its clocks once a second, of real time: what has run out, it has found by the second time.
        Task<string> answer = ReceiveAsync(client);
        await Task.WhenAny(BeatsAsync(connection), answer);
        await SendAsync(client, Begun);
        await Task.WhenAny(BeatsAsync(connection), answer);
        await SendAsync(client, Rest);
        Assert.StartsWith("HTTP/1.1 200 ", await answer, StringComparison.Ordinal);
        await client.DisposeAsync();
        await server.StopAsync(TestContext.Current.CancellationToken);
    }

    private static ValueTask SendAsync(DuplexStream client, string text) => client.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    private static async Task<string> ReceiveAsync(DuplexStream client)
    {
        var buffer = new byte[4096];
        int count = await client.ReadAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.Latin1.GetString(buffer, 0, count);
    }

    private static async Task BeatsAsync(StreamConnection connection)
    {
        var beats = new SemaphoreSlim(0);
        connection.Features.GetRequiredFeature<IConnectionHeartbeatFeature>().OnHeartbeat(static beats => ((SemaphoreSlim)beats).Release(), beats);
        for (int i = 0; i < 2; i++) await beats.WaitAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Empty : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context) => Task.CompletedTask;

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
            // Nothing was made.
        }
    }
}
