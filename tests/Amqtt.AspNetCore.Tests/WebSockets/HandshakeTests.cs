using Amqtt.AspNetCore.Tests.Support;
using Amqtt.Broker.Configuration;
using Amqtt.Testing;

namespace Amqtt.AspNetCore.Tests.WebSockets;

/// <summary>The HTTP request that a WebSocket begins with: what it must say, how large it may be and how long it may take (P-B9).</summary>
public sealed class HandshakeTests
{
    [Theory]
    [Statement("MQTT-6.0.0-3", "MQTT-6.0.0-4", "v4:6.0.0-3", "v4:6.0.0-4")]
    [InlineData("mqtt", "mqtt")]
    [InlineData("chat, mqtt", "mqtt")]
    [InlineData("mqttv3.1, mqtt", "mqtt")]
    [InlineData("mqttv3.1", "mqttv3.1")]
    [InlineData("mqtt\r\nSec-WebSocket-Protocol: other", "mqtt")]
    public async Task The_subprotocol_is_selected_and_returned(string offered, string selected)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        string answer = await raw.RequestAsync("Sec-WebSocket-Protocol: " + offered);
        Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nSec-WebSocket-Protocol: {selected}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [Statement("MQTT-6.0.0-3", "v4:6.0.0-3")]
    [InlineData(null)]
    [InlineData("Sec-WebSocket-Protocol: ")]
    [InlineData("Sec-WebSocket-Protocol: MQTT")]
    [InlineData("Sec-WebSocket-Protocol: mqttx")]
    [InlineData("Sec-WebSocket-Protocol: chat, soap")]
    public async Task Without_it_the_answer_is_400_and_the_end(string? header)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        string answer = await raw.RequestAsync(header is null ? [] : [header]);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("'mqtt' is not offered", await raw.ReadToEndAsync(), StringComparison.Ordinal);
        await ServesAsync(broker);
    }

    [Theory]
    [InlineData("http://broker.example:8883", null, 101)]
    [InlineData("https://broker.example:8883", null, 101)]
    [InlineData("HTTP://BROKER.EXAMPLE:8883", null, 101)]
    [InlineData("http://broker.example", null, 403)]
    [InlineData("http://broker.example.evil:8883", null, 403)]
    [InlineData("http://evil.example:8883", null, 403)]
    [InlineData("null", null, 403)]
    [InlineData("", null, 403)]
    [InlineData("nonsense", null, 403)]
    [InlineData("http://evil.example", "any", 101)]
    [InlineData("null", "any", 101)]
    [InlineData("https://app.example", "https://app.example", 101)]
    [InlineData("https://app.example:443", "https://app.example/", 101)]
    [InlineData("https://APP.example", "https://app.example", 101)]
    [InlineData("http://app.example", "https://app.example", 403)]
    [InlineData("https://app.example:8443", "https://app.example", 403)]
    [InlineData("http://broker.example:8883", "https://app.example", 403)]
    [InlineData("null", "null", 101)]
    [InlineData("https://other.example", "https://app.example https://other.example", 101)]
    public async Task An_origin_is_that_of_the_host_or_one_of_the_list(string origin, string? allowed, int status)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(listener =>
            listener.AllowedOrigins = allowed is null ? null : allowed == "any" ? AllowedOrigins.Any : AllowedOrigins.Of(allowed.Split(' ')));
        await using RawWebSocket raw = await broker.OpenRawAsync();
        string answer = await raw.RequestAsync("Sec-WebSocket-Protocol: mqtt", "Origin: " + origin);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        await ServesAsync(broker); // without an Origin
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u0010\u000e\0\u0004MQTT\u0004\u0002\0\u003c\0\u0002hi\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\0\u0005hello\r\n\r\n")]
    public async Task What_asks_for_no_web_socket_gets_400_or_nothing_and_is_closed(string request)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.SendAsync(request);
        string answer = await raw.ReadToEndAsync();
        if (answer.Length > 0) Assert.Matches(@"\AHTTP/1\.1 (400|413|405|505) ", answer);
        await ServesAsync(broker);
    }

    [Fact]
    public async Task Http_2_is_told_to_go_away()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        Assert.StartsWith("\0\0\b\a", await raw.ReadToEndAsync(), StringComparison.Ordinal); // GOAWAY
        await ServesAsync(broker);
    }

    [Fact]
    public async Task It_is_bounded_in_size()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.SendAsync($"GET / HTTP/1.1\r\nHost: h\r\nCookie: {new string('x', 17 * 1024)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431 ", await raw.ReadToEndAsync(), StringComparison.Ordinal);
        await using RawWebSocket line = await broker.OpenRawAsync();
        await line.SendAsync($"GET /{new string('x', 9 * 1024)} HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 414 ", await line.ReadToEndAsync(), StringComparison.Ordinal);
        await ServesAsync(broker);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1\r\nHost: h\r\n")]
    public async Task It_is_bounded_in_time_and_gives_its_slot_back(string beginning)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(static listener => listener.MaxConnections = 1);
        await using RawWebSocket silent = await broker.OpenRawAsync();
        await silent.SendAsync(beginning);
        await using (WireClient refused = await broker.OpenAsync()) // which also shows that the silent one has been accepted
        {
            await refused.SendAsync(new Protocol.Packets.ConnectPacket { ClientId = "refused", Version = Protocol.ProtocolVersion.V5, CleanStart = true });
            Assert.Equal(Protocol.ReasonCode.QuotaExceeded, (await refused.ReceiveAsync<Protocol.Packets.ConnAckPacket>()).Reason);
        }

        broker.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Empty(await silent.ReadToEndAsync());
        await ServesAsync(broker);
    }

    [Fact]
    public async Task A_web_socket_without_a_connect_is_closed_in_time()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        await raw.SendFrameAsync(RawWebSocket.Binary, Hex.Parse("10 0E")); // which shows nothing, but is a beginning
        Task<(int Opcode, byte[] Payload)> end = raw.ReadFrameAsync();
        await broker.Time.AdvanceUntilAsync(end);
        Assert.Equal(RawWebSocket.Close, (await end).Opcode);
    }

    [Fact]
    public async Task Compression_is_not_agreed_to()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        string answer = await raw.RequestAsync("Sec-WebSocket-Protocol: mqtt", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
        Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", answer, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task ServesAsync(WebSocketBroker broker)
    {
        await using WireClient client = await broker.OpenAsync();
        await client.ConnectAsync("served");
    }
}
