using System.Net;
using System.Net.Sockets;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Microsoft.Extensions.Logging;

namespace Amqtt.Fuzz;

/// <summary>
/// What can be attacked with any bytes: the decoder by itself, and a running broker in three ways. Each throws when something is wrong: another exception than the codec's, a fault in
/// the broker's log, or a connection that does not end although its client has.
/// </summary>
public sealed class FuzzTargets : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MqttBroker _broker;
    private readonly FaultLog _faults;
    private readonly IPEndPoint _endPoint;

    private FuzzTargets(MqttBroker broker, FaultLog faults)
    {
        _broker = broker;
        _faults = faults;
        _endPoint = broker.Endpoints[ListenerCollection.DefaultName].First();
    }

    /// <summary>Starts the broker that the last three attack.</summary>
    public static async Task<FuzzTargets> StartAsync()
    {
        var faults = new FaultLog();
        var options = new BrokerOptions { EventLoops = 2 };
        options.Listeners[ListenerCollection.DefaultName].Bind = new ListenEndpoint("127.0.0.1", 0);
        using ILoggerFactory loggers = LoggerFactory.Create(builder => builder.AddProvider(faults).SetMinimumLevel(LogLevel.Error));
        return new FuzzTargets(await MqttBroker.StartAsync(options, new BrokerServices { LoggerFactory = loggers }), faults);
    }

    /// <summary>The decoder: refuses with its own exception, or yields a packet that survives being written and read again.</summary>
    public static void Decode(ReadOnlySpan<byte> input)
    {
        foreach (ProtocolVersion version in Enum.GetValues<ProtocolVersion>())
        {
            try
            {
                if (!FrameHeader.TryRead(input, int.MaxValue, out FrameHeader header) || input.Length < header.TotalLength) continue;
                ReadOnlySpan<byte> body = input.Slice(header.HeaderLength, header.RemainingLength);
                MqttPacket packet = PacketCodec.Decode(version, header.FirstByte, body);
                byte[] written = PacketCodec.Encode(packet, version);
                FrameHeader.TryRead(written, int.MaxValue, out FrameHeader again);
                byte[] twice = PacketCodec.Encode(PacketCodec.Decode(version, again.FirstByte, written.AsSpan(again.HeaderLength)), version);
                if (!written.AsSpan().SequenceEqual(twice)) throw new InvalidOperationException($"{packet} is another packet after being written and read");
            }
            catch (CodecException)
            {
                // That is what it is for.
            }
        }
    }

    /// <summary>The bytes are the first of a connection.</summary>
    public Task ConnectAsync(byte[] input) => TalkAsync([input]);

    /// <summary>The bytes follow a CONNECT that succeeds; the first of them chooses its version and whether the session stays.</summary>
    public Task ConnectionAsync(byte[] input) => input.Length == 0 ? Task.CompletedTask : TalkAsync([Connect(input[0], "fuzz"), input[1..]]);

    /// <summary>
    /// Two connections that share topics, and client ids where the first byte says so. What follows are turns: a byte that says whose it is, one for the length, and so many bytes.
    /// </summary>
    public async Task PairAsync(byte[] input)
    {
        if (input.Length < 2) return;
        string second = (input[0] & 0x80) != 0 ? "fuzz-a" : "fuzz-b";
        List<byte[]>[] turns = [[Connect(input[0], "fuzz-a"), Subscribe(input[0])], [Connect(input[1], second), Subscribe(input[1])]];
        for (int at = 2; at + 1 < input.Length;)
        {
            int length = Math.Min(input[at + 1], input.Length - at - 2);
            turns[input[at] & 1].Add(input[(at + 2)..(at + 2 + length)]);
            at += 2 + length;
        }

        await Task.WhenAll(TalkAsync(turns[0]), TalkAsync(turns[1]));
    }

    /// <summary>A client that has nothing to do with any of it is served.</summary>
    public async Task ServesAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_endPoint, patience.Token);
        await socket.SendAsync(Connect(0, "witness"), patience.Token);
        byte[] answer = new byte[4];
        for (int read = 0; read < answer.Length;)
        {
            int count = await socket.ReceiveAsync(answer.AsMemory(read), patience.Token);
            if (count == 0) throw new InvalidOperationException("the broker does not serve a client");
            read += count;
        }

        if (answer is not [0x20, 2, 0, 0]) throw new InvalidOperationException($"the broker refuses a client: {Convert.ToHexString(answer)}");
        _faults.ThrowIfAny();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private static byte[] Connect(byte choice, string clientId)
    {
        ProtocolVersion version = (choice & 3) switch { 1 => ProtocolVersion.V5, 2 => ProtocolVersion.V31, _ => ProtocolVersion.V311 };
        return PacketCodec.Encode(new ConnectPacket { Version = version, ClientId = clientId, CleanStart = (choice & 4) == 0, KeepAlive = 60 }, version);
    }

    private static byte[] Subscribe(byte choice) => (choice & 3) == 1 ? [0x82, 7, 0, 1, 0, 0, 1, (byte)'#', 2] : [0x82, 6, 0, 1, 0, 1, (byte)'#', 2];

    /// <summary>Sends, ends its own half, and reads until the broker ends the other.</summary>
    private async Task TalkAsync(IReadOnlyList<byte[]> sends)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_endPoint, patience.Token);
        try
        {
            foreach (byte[] bytes in sends) await socket.SendAsync(bytes, patience.Token);
            socket.Shutdown(SocketShutdown.Send);
            byte[] answers = new byte[4096];
            while (await socket.ReceiveAsync(answers, patience.Token) > 0)
            {
                // What is answered is the tests' affair; here it counts that the connection ends.
            }
        }
        catch (SocketException ended) when (ended.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.NotConnected)
        {
            // As good an end as any.
        }

        _faults.ThrowIfAny();
    }
}
