using Amqtt.AspNetCore.Tests.Support;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.AspNetCore.Tests.WebSockets;

/// <summary>One clock runs from accept to a complete CONNECT, over TLS and the request for a WebSocket (P-B6, P-C5).</summary>
public sealed class ConnectTimeTests : IDisposable
{
    private readonly TestCertificate _certificate = new("localhost");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_time_for_handshakes_and_CONNECT_is_one(bool tls)
    {
        await using WebSocketBroker broker = await StartAsync(tls);
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await using WireClient later = await AcceptedBehindAsync(broker);
        await ShakeHandsAsync(broker, raw, tls); // three quarters of it are over
        await raw.SendFrameAsync(RawWebSocket.Binary, Hex.Parse("10 0C 00 04"));
        await PassRestAsync(broker, tls, WebSocketListenerTests.CloseAsync(raw));
        Assert.Equal(1, broker.Refusals("connect_timeout"));
        await later.PingAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_CONNECT_in_the_rest_of_the_time_is_taken(bool tls)
    {
        await using WebSocketBroker broker = await StartAsync(tls);
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await using WireClient later = await AcceptedBehindAsync(broker);
        await ShakeHandsAsync(broker, raw, tls);
        broker.Time.Advance(TimeSpan.FromSeconds(tls ? 4 : 2)); // and all but a moment
        await raw.SendFrameAsync(RawWebSocket.Binary, WebSocketListenerTests.Connect("raw", ProtocolVersion.V311));
        Assert.Equal("20020000", Convert.ToHexString((await raw.ReadFrameAsync()).Payload));
        broker.Time.Advance(TimeSpan.FromSeconds(30)); // which no longer matters
        await raw.SendFrameAsync(RawWebSocket.Binary, Hex.Parse("C0 00"));
        Assert.Equal("D000", Convert.ToHexString((await raw.ReadFrameAsync()).Payload));
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "GET /mqtt HTTP/1.1\r\nHost: broker.example\r\n")]
    [InlineData(true, "")]
    [InlineData(true, "GET /mqtt HTTP/1.1\r\nHost: broker.example\r\n")]
    public async Task A_request_that_does_not_come_is_part_of_the_time(bool tls, string begun)
    {
        await using WebSocketBroker broker = await StartAsync(tls);
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await using WireClient later = await AcceptedBehindAsync(broker);
        broker.Time.Advance(TimeSpan.FromSeconds(tls ? 15 : 7));
        if (tls) await raw.EncryptAsync();
        await raw.SendAsync(begun);
        await PassRestAsync(broker, tls, raw.ReadToEndAsync());
        Assert.Equal(1, broker.Refusals(tls ? "tls_connect_timeout" : "connect_timeout"));
        await later.PingAsync();
    }

    public void Dispose() => _certificate.Dispose();

    /// <summary>Connections are accepted in turn: what was opened before has its place when this one has been served.</summary>
    private static async Task<WireClient> AcceptedBehindAsync(WebSocketBroker broker)
    {
        WireClient later = await broker.OpenAsync();
        await later.ConnectAsync("accepted behind it");
        return later;
    }

    /// <summary>Takes 7 s of 10, with TLS 15 s of 20, for what comes before MQTT.</summary>
    private static async Task ShakeHandsAsync(WebSocketBroker broker, RawWebSocket raw, bool tls)
    {
        if (tls)
        {
            broker.Time.Advance(TimeSpan.FromSeconds(8));
            await raw.EncryptAsync();
        }

        broker.Time.Advance(TimeSpan.FromSeconds(7));
        await raw.BeginAsync();
    }

    /// <summary>The listener may still be finishing a handshake, but it takes nothing like the seconds more that a time of its own for what is left would.</summary>
    private static async Task PassRestAsync(WebSocketBroker broker, bool tls, Task closed)
    {
        broker.Time.Advance(TimeSpan.FromSeconds(tls ? 6 : 4));
        await broker.Time.AdvanceUntilAsync(closed, TimeSpan.FromMilliseconds(10), steps: 200);
    }

    private Task<WebSocketBroker> StartAsync(bool tls) => WebSocketBroker.StartAsync(listener =>
    {
        listener.Ssl = tls;
        if (!tls) return;
        listener.Certfile = _certificate.CertFile;
        listener.Keyfile = _certificate.KeyFile;
    });
}
