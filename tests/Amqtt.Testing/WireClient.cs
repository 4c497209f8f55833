using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Testing;

/// <summary>
/// The script of one side of an MQTT connection, for tests: it sends bytes or packets, valid or not, and says what must come
/// back. It does nothing by itself: no acknowledgement, no ping. Every wait ends after <see cref="Timeout"/> with a
/// <see cref="WireException"/> that tells what was expected and what came. Not for use by two tasks at a time.
/// </summary>
public sealed partial class WireClient : IAsyncDisposable
{
    private const int ReadSize = 16 * 1024;

    private readonly Stream _stream;
    private readonly PacketSender _peer;
    private readonly TimeProvider _time;
    private readonly Transcript _transcript = new();
    private readonly Queue<MqttPacket> _setAside = new();
    private byte[] _buffer = new byte[ReadSize];
    private int _start;
    private int _end;

    /// <param name="stream">The connection; disposed with the client.</param>
    /// <param name="peer">Who is at the other end. A script that plays the broker says <see cref="PacketSender.Client"/>.</param>
    /// <param name="time">What <see cref="Timeout"/> is measured with.</param>
    public WireClient(Stream stream, PacketSender peer = PacketSender.Server, TimeProvider? time = null)
    {
        _stream = stream;
        _peer = peer;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>How packets are encoded and decoded from now on. Sending or receiving a CONNECT sets it.</summary>
    public ProtocolVersion Version { get; set; } = ProtocolVersion.V311;

    /// <summary>The longest that any wait may last.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Opens a TCP connection, or one over a Unix socket; with TLS if there are options for it.</summary>
    public static async Task<WireClient> ConnectTcpAsync(EndPoint endpoint, SslClientAuthenticationOptions? tls = null)
    {
        var isUnix = endpoint.AddressFamily == AddressFamily.Unix;
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        if (!isUnix)
            socket.NoDelay = true;
        try
        {
            await socket.ConnectAsync(endpoint);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is not null)
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsClientAsync(tls);
                stream = secure;
            }

            return new(stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(params byte[] bytes)
    {
        _transcript.Sent(bytes);
        await WriteAsync(bytes);
    }

    /// <summary>Sends bytes as they are, written as in <c>"10 0C 00 04"</c>.</summary>
    public Task SendHexAsync(string hex) => SendAsync(Hex.Parse(hex));

    /// <summary>Sends a packet in the encoding of <see cref="Version"/>.</summary>
    public async Task SendAsync(MqttPacket packet)
    {
        if (packet is ConnectPacket connect)
            Version = connect.Version;
        var bytes = PacketCodec.Encode(packet, Version);
        _transcript.Sent(bytes, packet);
        await WriteAsync(bytes);
    }

    /// <summary>The next packet.</summary>
    public Task<MqttPacket> ReceiveAsync() => NextAsync("a packet");

    /// <summary>The next packet, which must be a <typeparamref name="T"/>.</summary>
    public async Task<T> ReceiveAsync<T>() where T : MqttPacket
    {
        var packet = await NextAsync(NameOf<T>());
        return packet as T ?? throw Failure($"Expected {NameOf<T>()}, but this came: {packet}");
    }

    /// <summary>The next packet must be this one, byte for byte once both are encoded.</summary>
    public async Task ExpectAsync(MqttPacket expected)
    {
        var packet = await NextAsync(expected.ToString());
        var wanted = PacketCodec.Encode(expected, Version);
        var came = PacketCodec.Encode(packet, Version);
        if (!wanted.AsSpan().SequenceEqual(came))
            throw Failure($"Expected {expected} [{Hex.Format(wanted)}], but this came: {packet} [{Hex.Format(came)}]");
    }

    /// <summary>The next bytes must be these, written as in <c>"20 02 00 00"</c>.</summary>
    public async Task ExpectHexAsync(string hex)
    {
        var wanted = Hex.Parse(hex);
        var what = Hex.Format(wanted);
        if (_setAside.TryPeek(out var packet))
            throw Failure($"Expected {what}, but this came before: {packet}");
        while (_end - _start < wanted.Length)
        {
            if (!await FillAsync(what))
                throw Failure($"Expected {what}, but the connection was closed.");
        }

        var came = _buffer.AsSpan(_start, wanted.Length);
        if (!wanted.AsSpan().SequenceEqual(came))
            throw Failure($"Expected {what}, but this came: {Hex.Format(came)}");
        _transcript.Received(came, "as expected");
        _start += wanted.Length;
    }

    /// <summary>The other side must close the connection, with nothing before. A reset counts too.</summary>
    public async Task ExpectClosedAsync()
    {
        const string what = "the end of the connection";
        if (_setAside.TryPeek(out var packet) || (packet = await ReadPacketAsync(what)) is not null)
            throw Failure($"Expected {what}, but this came: {packet}");
    }

    /// <summary>
    /// Nothing may be on its way: sends PINGREQ, and the very next packet must be its answer. A broker answers in order, so what
    /// it had for this client before the ping comes first.
    /// </summary>
    public async Task ExpectNothingMoreAsync()
    {
        if (_setAside.TryPeek(out var packet))
            throw Failure($"Expected nothing more, but this came: {packet}");
        await SendAsync(PingReqPacket.Instance);
        packet = await NextAsync("nothing but the answer to PINGREQ");
        if (packet is not PingRespPacket)
            throw Failure($"Expected nothing more, but this came: {packet}");
    }

    /// <summary>Closes the connection without a word, as a client does that fails.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<MqttPacket> NextAsync(string what)
    {
        if (_setAside.TryDequeue(out var packet))
            return packet;
        return await ReadPacketAsync(what) ?? throw Failure($"Expected {what}, but the connection was closed.");
    }

    /// <summary>The first packet that satisfies the condition; what comes before it is set aside for later receives.</summary>
    private async Task<T> WaitForAsync<T>(string what, Func<T, bool> condition) where T : MqttPacket
    {
        while (true)
        {
            var packet = await ReadPacketAsync(what) ?? throw Failure($"Expected {what}, but the connection was closed.");
            if (packet is T wanted && condition(wanted))
                return wanted;
            _setAside.Enqueue(packet);
        }
    }

    private async Task<MqttPacket?> ReadPacketAsync(string what)
    {
        while (true)
        {
            if (TryTakePacket(out var packet))
                return packet;
            if (await FillAsync(what))
                continue;
            return _start == _end ? null : throw Failure($"Expected {what}, but the connection was closed within a packet.");
        }
    }

    private bool TryTakePacket(out MqttPacket? packet)
    {
        packet = null;
        var unread = _buffer.AsSpan(_start, _end - _start);
        if (!FrameHeader.TryRead(unread, int.MaxValue, out var header) || unread.Length < header.TotalLength)
            return false;
        var frame = unread[..header.TotalLength];
        try
        {
            packet = PacketCodec.Decode(Version, header.FirstByte, frame[header.HeaderLength..], _peer);
        }
        catch (CodecException e)
        {
            throw Failure($"This is no valid packet of {Version}: {e.Message} [{Hex.Format(frame)}]", e);
        }

        if (packet is ConnectPacket connect)
            Version = connect.Version;
        _transcript.Received(frame, packet.ToString());
        _start += frame.Length;
        return true;
    }

    /// <summary>Reads more bytes.</summary>
    /// <returns>False when the connection is closed.</returns>
    private async Task<bool> FillAsync(string what)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        using var patience = new CancellationTokenSource(Timeout, _time);
        try
        {
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), patience.Token);
            _end += read;
            return read > 0;
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested)
        {
            throw Failure($"Expected {what}, but nothing came within {Timeout.TotalSeconds} s.", e);
        }
        catch (IOException e) when (e.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return false;
        }
    }

    private async Task WriteAsync(byte[] bytes)
    {
        using var patience = new CancellationTokenSource(Timeout, _time);
        try
        {
            await _stream.WriteAsync(bytes, patience.Token);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested)
        {
            throw Failure($"{bytes.Length} bytes could not be sent within {Timeout.TotalSeconds} s: nobody reads them.", e);
        }
        catch (IOException e)
        {
            throw Failure("Sending failed, the connection is closed.", e);
        }
    }

    private WireException Failure(string what, Exception? cause = null) =>
        new(what + _transcript.Describe(_buffer.AsSpan(_start, _end - _start)), cause);

    private static string NameOf<T>() => typeof(T).Name.Replace("Packet", "", StringComparison.Ordinal);
}
