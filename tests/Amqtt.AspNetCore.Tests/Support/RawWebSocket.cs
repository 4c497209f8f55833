using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Amqtt.Testing;

namespace Amqtt.AspNetCore.Tests.Support;

/// <summary>The client's side of a WebSocket, byte by byte, valid or not. Every wait is bounded.</summary>
internal sealed class RawWebSocket : IAsyncDisposable
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private SslStream? _encrypted;

    private Stream Stream => _encrypted ?? (Stream)_tcp.GetStream();

    public static async Task<RawWebSocket> ConnectAsync(IPEndPoint endPoint)
    {
        var raw = new RawWebSocket();
        await raw._tcp.ConnectAsync(endPoint);
        return raw;
    }

    /// <summary>The TLS handshake; all that follows is encrypted.</summary>
    public async Task EncryptAsync()
    {
        var encrypted = new SslStream(_tcp.GetStream());
        await encrypted.AuthenticateAsClientAsync(TestCertificate.Client());
        _encrypted = encrypted;
    }

    public async Task SendAsync(params byte[] bytes) => await Stream.WriteAsync(bytes);

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Asks for a WebSocket, with these lines more, and returns the answer's head.</summary>
    public async Task<string> RequestAsync(params string[] headers)
    {
        await SendAsync($"GET /mqtt HTTP/1.1\r\nHost: broker.example:8883\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{string.Concat(headers.Select(static header => header + "\r\n"))}\r\n");
        return await HeadAsync();
    }

    /// <summary>A WebSocket on which MQTT may begin.</summary>
    public async Task BeginAsync() => Assert.StartsWith("HTTP/1.1 101 ", await RequestAsync("Sec-WebSocket-Protocol: mqtt"), StringComparison.Ordinal);

    /// <summary>Sends a frame.</summary>
    public Task SendFrameAsync(int opcode, ReadOnlyMemory<byte> payload, bool final = true, int reserved = 0, bool masked = true)
    {
        List<byte> frame = [(byte)((final ? 0x80 : 0) | (reserved << 4) | opcode)];
        byte mask = masked ? (byte)0x80 : (byte)0;
        if (payload.Length < 126)
        {
            frame.Add((byte)(mask | payload.Length));
        }
        else
        {
            var length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            frame.Add((byte)(mask | 127));
            frame.AddRange(length);
        }

        if (masked) frame.AddRange([0, 0, 0, 0]); // a key that changes nothing
        frame.AddRange(payload.Span);
        return SendAsync([.. frame]);
    }

    /// <summary>The next frame of the server.</summary>
    public async Task<(int Opcode, byte[] Payload)> ReadFrameAsync()
    {
        byte[] head = await ReadAsync(2);
        int length = head[1] & 0x7F;
        if (length == 126) length = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2));
        else if (length == 127) length = (int)BinaryPrimitives.ReadInt64BigEndian(await ReadAsync(8));
        Assert.Equal(0x80, head[0] & 0xF0); // whole, and nothing reserved
        return (head[0] & 0x0F, await ReadAsync(length));
    }

    /// <summary>Reads until the server has closed; what came before, as text.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var all = new List<byte>();
        var buffer = new byte[4096];
        try
        {
            while (await Stream.ReadAsync(buffer, patience.Token) is > 0 and var count) all.AddRange(buffer.AsSpan(0, count));
        }
        catch (IOException)
        {
            // Reset, because it had not read all that was sent: an end as well.
        }

        return Encoding.Latin1.GetString([.. all]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_encrypted is not null) await _encrypted.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task<string> HeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)(await ReadAsync(1))[0]);
        return head.ToString();
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, patience.Token);
        return bytes;
    }
}
