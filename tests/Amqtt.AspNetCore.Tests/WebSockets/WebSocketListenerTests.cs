using System.Net.WebSockets;
using Amqtt.AspNetCore.Tests.Support;
using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Microsoft.Extensions.Logging;

namespace Amqtt.AspNetCore.Tests.WebSockets;

/// <summary>Listeners of type <c>ws</c> in use (P-B1, P-B6, P-B9).</summary>
public sealed class WebSocketListenerTests
{
    [Theory]
    [InlineData(false, ProtocolVersion.V31)]
    [InlineData(false, ProtocolVersion.V311)]
    [InlineData(true, ProtocolVersion.V311)]
    [InlineData(false, ProtocolVersion.V5)]
    [InlineData(true, ProtocolVersion.V5)]
    [Statement("prose:6a")]
    public async Task P_B1_messages_pass_with_and_without_tls(bool tls, ProtocolVersion version)
    {
        using var certificate = new TestCertificate("localhost");
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(listener => UseTls(listener, tls ? certificate : null));
        await using WireClient client = await broker.OpenAsync(path: "/any/path?token=1");
        await client.ConnectAsync("web", version);
        await client.SubscribeAsync("a/+", QoS.ExactlyOnce);
        Assert.Equal(ReasonCode.Success, await client.PublishAsync("a/b", "hello", QoS.AtLeastOnce));
        Assert.Equal("hello", System.Text.Encoding.UTF8.GetString((await client.ReceivePublishAsync()).Payload.Span));
        await client.DisconnectAsync();
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task P_B9_a_large_packet_passes_when_the_limit_allows_it()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(static listener => listener.Limits.MaxPacketSize = 4 * 1024 * 1024);
        await using WireClient client = await broker.OpenAsync();
        await client.ConnectAsync("large", ProtocolVersion.V5);
        await client.SubscribeAsync("a");
        var payload = new byte[3 * 1024 * 1024];
        Random.Shared.NextBytes(payload);
        await client.PublishAsync("a", payload, QoS.AtLeastOnce);
        Assert.Equal(payload, (await client.ReceivePublishAsync()).Payload.ToArray());
    }

    [Fact]
    public async Task P_B9_a_packet_beyond_the_limit_is_cut_when_its_header_is_read()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(static listener => listener.Limits.MaxPacketSize = 1024);
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        await raw.SendFrameAsync(RawWebSocket.Binary, Connect("large", ProtocolVersion.V5));
        Assert.Equal(0x20, (await raw.ReadFrameAsync()).Payload[0]);
        await raw.SendFrameAsync(RawWebSocket.Binary, Hex.Parse("30 81 08")); // 1025 bytes, of which none has come
        (int opcode, byte[] payload) = await raw.ReadFrameAsync();
        Assert.Equal((RawWebSocket.Binary, 0xE0, (byte)ReasonCode.PacketTooLarge), (opcode, payload[0], payload[2]));
        Assert.Equal(RawWebSocket.Close, (await raw.ReadFrameAsync()).Opcode);
    }

    [Fact]
    public async Task Connections_that_come_and_go_are_not_in_the_log_but_at_Debug()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using (RawWebSocket raw = await broker.OpenRawAsync())
        {
            await raw.BeginAsync();
            await raw.SendFrameAsync(RawWebSocket.Text, "x"u8.ToArray());
            Assert.Equal(RawWebSocket.Close, (await raw.ReadFrameAsync()).Opcode);
        }

        await using (RawWebSocket raw = await broker.OpenRawAsync())
        {
            await raw.BeginAsync();
        }

        await broker.DisposeAsync();
        var lines = broker.Log.Lines.Where(static line => line.Category.StartsWith("Microsoft.", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(lines);
        Assert.All(lines, static line => Assert.Equal(LogLevel.Debug, line.Level));
    }

    [Fact]
    public async Task What_is_gathered_in_a_round_is_one_message()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        using ClientWebSocket socket = await broker.DialAsync();
        byte[] packets = [.. Connect("one", ProtocolVersion.V311).ToArray()];
        await socket.SendAsync(packets, WebSocketMessageType.Binary, endOfMessage: true, TestContext.Current.CancellationToken);
        Assert.Equal("20020000", await MessageAsync(socket));
        await socket.SendAsync(Hex.Parse("82 06 00 01 00 01 61 00 C0 00 C0 00 30 04 00 01 61 78"), WebSocketMessageType.Binary, endOfMessage: true, TestContext.Current.CancellationToken);
        Assert.Equal("9003000100D000D0003004000161" + "78", await MessageAsync(socket));
    }

    [Fact]
    public async Task P_B6_max_connections_counts_web_sockets()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(static listener => listener.MaxConnections = 1);
        await using WireClient first = await broker.OpenAsync();
        await first.ConnectAsync("first");
        await using (WireClient second = await broker.OpenAsync())
        {
            await second.SendAsync(new ConnectPacket { ClientId = "second", Version = ProtocolVersion.V5, CleanStart = true });
            Assert.Equal(ReasonCode.QuotaExceeded, (await second.ReceiveAsync<ConnAckPacket>()).Reason);
            await second.ExpectClosedAsync();
        }

        await first.SubscribeAsync("a");
    }

    [Fact]
    public async Task P_B6_a_connection_that_waits_begins_when_another_has_ended()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(static listener =>
        {
            listener.MaxConnections = 1;
            listener.MaxConnectionsMode = MaxConnectionsMode.Wait;
        });
        WireClient first = await broker.OpenAsync();
        await first.ConnectAsync("first");
        Task<WireClient> waiting = broker.OpenAsync();
        await first.DisconnectAsync();
        await first.DisposeAsync();
        await using WireClient second = await waiting;
        await second.ConnectAsync("second");
    }

    [Fact]
    public async Task A_shutdown_says_so_in_both_languages()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        await raw.SendFrameAsync(RawWebSocket.Binary, Connect("raw", ProtocolVersion.V5));
        await raw.ReadFrameAsync();
        Task stopped = broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        (int opcode, byte[] payload) = await raw.ReadFrameAsync();
        Assert.Equal((RawWebSocket.Binary, 0xE0, (byte)ReasonCode.ServerShuttingDown), (opcode, payload[0], payload[2]));
        Assert.Equal((RawWebSocket.Close, 1000), await CloseAsync(raw));
        await raw.SendFrameAsync(RawWebSocket.Close, new byte[] { 3, 0xE8 });
        Assert.Empty(await raw.ReadToEndAsync());
        await stopped;
    }

    [Fact]
    public async Task A_disconnect_is_answered_by_the_farewell_of_the_web_socket()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        await raw.SendFrameAsync(RawWebSocket.Binary, Connect("raw", ProtocolVersion.V311));
        await raw.ReadFrameAsync();
        await raw.SendFrameAsync(RawWebSocket.Binary, Hex.Parse("E0 00"));
        Assert.Equal((RawWebSocket.Close, 1000), await CloseAsync(raw));
    }

    [Fact]
    public async Task The_client_behind_a_proxy_is_who_the_header_says()
    {
        var peers = new PeerRecorder();
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync(
            static listener =>
            {
                listener.ProxyProtocol = true;
                listener.ProxyFrom = AddressRanges.Of("127.0.0.1");
            },
            peers);
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.SendAsync("PROXY TCP4 192.0.2.1 198.51.100.1 56324 8883\r\n");
        await raw.BeginAsync();
        await raw.SendFrameAsync(RawWebSocket.Binary, Connect("raw", ProtocolVersion.V311));
        Assert.Equal("192.0.2.1:56324", await peers.Peer.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    internal static byte[] Connect(string clientId, ProtocolVersion version) =>
        PacketCodec.Encode(new ConnectPacket { ClientId = clientId, Version = version, CleanStart = true }, version);

    internal static async Task<(int Opcode, int Status)> CloseAsync(RawWebSocket raw)
    {
        (int opcode, byte[] payload) = await raw.ReadFrameAsync();
        return (opcode, payload.Length < 2 ? 0 : (payload[0] << 8) | payload[1]);
    }

    private static void UseTls(ListenerOptions listener, TestCertificate? certificate)
    {
        listener.Ssl = certificate is not null;
        listener.Certfile = certificate?.CertFile;
        listener.Keyfile = certificate?.KeyFile;
    }

    private static async Task<string> MessageAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[4096];
        ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
        Assert.True(received.EndOfMessage);
        Assert.Equal(WebSocketMessageType.Binary, received.MessageType);
        return Convert.ToHexString(buffer, 0, received.Count);
    }

    private sealed class PeerRecorder : BrokerPlugin
    {
        public TaskCompletionSource<string> Peer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
        {
            Peer.TrySetResult($"{e.Session.RemoteAddress}:{e.Session.RemotePort}");
            return default;
        }
    }
}
