using Amqtt.AspNetCore.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.AspNetCore.Tests.WebSockets;

/// <summary>Frames of every kind, and what they do to a connection and to nobody else.</summary>
public sealed class FrameTests
{
    [Theory]
    [Statement("MQTT-6.0.0-1", "v4:6.0.0-1")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_text_frame_closes_the_connection(bool connected)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using WireClient neighbour = await broker.OpenAsync();
        await neighbour.ConnectAsync("neighbour");
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        if (connected) await ConnectAsync(raw);
        await raw.SendFrameAsync(RawWebSocket.Text, connected ? "hello"u8.ToArray() : WebSocketListenerTests.Connect("text", ProtocolVersion.V311));
        Assert.Equal((RawWebSocket.Close, 1003), await WebSocketListenerTests.CloseAsync(raw));
        Assert.Empty(await raw.ReadToEndAsync());
        await neighbour.SubscribeAsync("a");
    }

    [Fact]
    [Statement("MQTT-6.0.0-2", "v4:6.0.0-2")]
    public async Task A_packet_may_be_in_many_frames_and_a_frame_may_hold_many_packets()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        foreach (byte one in WebSocketListenerTests.Connect("split", ProtocolVersion.V311)) await raw.SendFrameAsync(RawWebSocket.Binary, new[] { one });
        Assert.Equal("20020000", await BinaryAsync(raw));

        // Two packets and a half, then the rest in pieces of the same message, with an empty one and a ping between them.
        await raw.SendFrameAsync(RawWebSocket.Binary, Hex.Parse("C0 00 82 06 00 01 00 01 61 00 C0"), final: false);
        Assert.Equal("D0009003000100", await BinaryAsync(raw));
        await raw.SendFrameAsync(RawWebSocket.Continuation, Array.Empty<byte>(), final: false);
        await raw.SendFrameAsync(RawWebSocket.Ping, "are you there"u8.ToArray());
        (int opcode, byte[] payload) = await raw.ReadFrameAsync();
        Assert.Equal((10, "are you there"), (opcode, System.Text.Encoding.UTF8.GetString(payload)));
        await raw.SendFrameAsync(RawWebSocket.Continuation, new byte[] { 0 });
        Assert.Equal("D000", await BinaryAsync(raw));
        await raw.SendFrameAsync(RawWebSocket.Binary, Hex.Parse("30 04 00 01 61 78 30 04 00 01 61 79"));
        Assert.Equal("300400016178300400016179", await BinaryAsync(raw));
    }

    [Theory]
    [InlineData("82 08 C0 00 C0 00 C0 00 C0 00")] // not masked
    [InlineData("C2 82 00 00 00 00 C0 00")] // compressed, which nobody has agreed to
    [InlineData("A2 82 00 00 00 00 C0 00")]
    [InlineData("92 82 00 00 00 00 C0 00")]
    [InlineData("83 82 00 00 00 00 C0 00")] // reserved kinds of data
    [InlineData("87 82 00 00 00 00 C0 00")]
    [InlineData("8B 80 00 00 00 00")] // reserved kinds of control
    [InlineData("8F 80 00 00 00 00")]
    [InlineData("09 80 00 00 00 00")] // a ping in pieces
    [InlineData("89 FE 00 7E 00 00 00 00")] // a ping of 126 bytes
    [InlineData("80 82 00 00 00 00 C0 00")] // a continuation of nothing
    [InlineData("02 81 00 00 00 00 C0 82 81 00 00 00 00 00")] // a message within a message
    [InlineData("82 FF FF FF FF FF FF FF FF FF 00 00 00 00")] // more than there is
    public async Task What_no_frame_may_be_closes_the_connection(string hex)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        await ConnectAsync(raw);
        await raw.SendAsync(Hex.Parse(hex));
        string last = await raw.ReadToEndAsync();
        Assert.True(last.Length == 0 || last[0] == (char)(0x80 | RawWebSocket.Close), last);
        await using WireClient next = await broker.OpenAsync();
        await next.ConnectAsync("next");
    }

    [Fact]
    public async Task A_frame_without_end_costs_what_has_come_of_it()
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        await ConnectAsync(raw);
        await raw.SendAsync(Hex.Parse("82 FF 7F FF FF FF FF FF FF FF 00 00 00 00")); // 2^63 bytes, as far as the protocol goes
        byte[] pings = [.. Enumerable.Repeat(new byte[] { 0xC0, 0 }, 16 * 1024).SelectMany(static ping => ping)];
        for (int i = 0; i < 3; i++)
        {
            await raw.SendAsync(pings); // which are answered although the frame has not ended
            Assert.StartsWith("D000", await BinaryAsync(raw), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Empty_frames_without_end_are_cut(bool inOneMessage)
    {
        await using WebSocketBroker broker = await WebSocketBroker.StartAsync();
        await using RawWebSocket raw = await broker.OpenRawAsync();
        await raw.BeginAsync();
        await ConnectAsync(raw);
        await EmptyAsync(99, isFirst: true);
        await raw.SendFrameAsync(inOneMessage ? RawWebSocket.Continuation : RawWebSocket.Binary, Hex.Parse("C0 00"), final: !inOneMessage);
        Assert.Equal("D000", await BinaryAsync(raw));
        await EmptyAsync(100, isFirst: false);
        Assert.Equal((RawWebSocket.Close, 1008), await WebSocketListenerTests.CloseAsync(raw));
        await using WireClient next = await broker.OpenAsync();
        await next.ConnectAsync("next");

        async Task EmptyAsync(int count, bool isFirst)
        {
            for (int i = 0; i < count; i++)
            {
                bool continues = inOneMessage && !(isFirst && i == 0);
                await raw.SendFrameAsync(continues ? RawWebSocket.Continuation : RawWebSocket.Binary, Array.Empty<byte>(), final: !inOneMessage);
            }
        }
    }

    private static async Task ConnectAsync(RawWebSocket raw)
    {
        await raw.SendFrameAsync(RawWebSocket.Binary, WebSocketListenerTests.Connect("raw", ProtocolVersion.V311));
        Assert.Equal("20020000", await BinaryAsync(raw));
    }

    private static async Task<string> BinaryAsync(RawWebSocket raw)
    {
        (int opcode, byte[] payload) = await raw.ReadFrameAsync();
        Assert.Equal(RawWebSocket.Binary, opcode);
        return Convert.ToHexString(payload);
    }
}
