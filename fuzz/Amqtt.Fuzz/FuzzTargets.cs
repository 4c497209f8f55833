using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Fuzz;

/// <summary>
/// What can be attacked with any bytes: the decoder by itself, and a running broker in four ways. Each throws when something is wrong: another exception than the codec's, a fault in
/// the broker's log, output that its client may not get, or a connection that does not end although its client has.
/// </summary>
public sealed class FuzzTargets : IAsyncDisposable
{
    private const int LongestToSplit = 512;

    private readonly Arena _arena;

    private FuzzTargets(Arena arena) => _arena = arena;

    /// <summary>Starts a broker for many inputs at once, of <see cref="ConnectAsync"/>, <see cref="ConnectionAsync"/> and <see cref="PairAsync"/>.</summary>
    public static async Task<FuzzTargets> StartForManyAsync() => new(await Arena.StartAsync(loops: 2, isAlone: false));

    /// <summary>Starts a broker for one input after the other.</summary>
    /// <param name="loops">Event loops; with one of them the broker does the same for the same input.</param>
    public static async Task<FuzzTargets> StartAsync(int loops) => new(await Arena.StartAsync(loops, isAlone: true));

    /// <summary>Has the broker do everything once, so that it does it in the same way from now on. Alone.</summary>
    public Task WarmUpAsync() => _arena.WarmUpAsync();

    /// <summary>The decoder.</summary>
    public static void Decode(ReadOnlySpan<byte> input) => DecoderTarget.Check(input);

    /// <summary>The bytes are the first of a connection.</summary>
    public async Task ConnectAsync(byte[] input)
    {
        await using Peer peer = await _arena.OpenAsync();
        await peer.SendAsync(input);
        await peer.EndAsync();
        _arena.ThrowIfFaulty();
    }

    /// <summary>The bytes follow a CONNECT that succeeds; the first of them chooses its version and whether the session stays.</summary>
    public Task ConnectionAsync(byte[] input) => TalkAsync(input, split: 0);

    /// <summary>
    /// The same, and then once more in pieces as large as the first byte says: it makes no difference. The session does not stay. Alone.
    /// </summary>
    public async Task SplitAsync(byte[] input)
    {
        if (input.Length is < 2 or > LongestToSplit) return;
        input[0] &= 0xFB;
        IReadOnlyList<string> whole = await TalkAsync(input, split: 0);
        await CheckEmptyAsync();
        IReadOnlyList<string> pieces = await TalkAsync(input, split: 1 + (input[0] >> 3));
        if (!whole.SequenceEqual(pieces, StringComparer.Ordinal))
            throw new InvalidOperationException($"what comes at once is answered with {string.Join("; ", whole)}, and in pieces with {string.Join("; ", pieces)}");
    }

    /// <summary>
    /// Two connections that share topics, and client ids where the first byte says so. What follows are turns: a byte that says whose it is, one for the length, and so many bytes.
    /// </summary>
    public async Task PairAsync(byte[] input)
    {
        if (input.Length < 2) return;
        await using Peer first = await JoinAsync(input[0], _arena.ClientIds[0]);
        await using Peer second = await JoinAsync(input[1], _arena.ClientIds[(input[0] & 0x80) != 0 ? 0 : 1]);
        for (int at = 2; at + 1 < input.Length;)
        {
            int length = Math.Min(input[at + 1], input.Length - at - 2);
            await ((input[at] & 1) == 0 ? first : second).SendAsync(input.AsMemory(at + 2, length));
            await _arena.SettleAsync();
            first.Receive();
            second.Receive();
            at += 2 + length;
        }

        await first.EndAsync();
        await second.EndAsync();
        _arena.ThrowIfFaulty();
    }

    /// <summary>Three clients that do what the bytes say, in valid packets and in any order: see <see cref="Sequence"/>. Alone.</summary>
    public async Task SequenceAsync(byte[] input)
    {
        await using (var sequence = new Sequence(_arena, input)) await sequence.RunAsync();
        _arena.ThrowIfFaulty();
    }

    /// <summary>A client that has nothing to do with any of it is served.</summary>
    public Task ServesAsync() => _arena.ServesAsync();

    /// <summary>Every client has gone: nothing is left of them. Alone.</summary>
    public Task CheckEmptyAsync() => _arena.CheckEmptyAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    private static ConnectPacket Connect(byte choice, string clientId) => new()
    {
        Version = (choice & 3) switch { 1 => ProtocolVersion.V5, 2 => ProtocolVersion.V31, _ => ProtocolVersion.V311 },
        ClientId = clientId,
        CleanStart = (choice & 4) == 0,
        KeepAlive = 60,
    };

    private async Task<IReadOnlyList<string>> TalkAsync(byte[] input, int split)
    {
        if (input.Length == 0) return [];
        ConnectPacket connect = Connect(input[0], _arena.ClientIds[0]);
        var output = new OutputCheck(connect);
        await using Peer peer = await _arena.OpenAsync(output);
        await peer.SendAsync(connect);
        output.IsForeseen = false;
        await _arena.SettleAsync();
        if (split == 0)
        {
            await peer.SendAsync(input.AsMemory(1));
        }
        else
        {
            for (int at = 1; at < input.Length; at += split)
            {
                await peer.SendAsync(input.AsMemory(at, Math.Min(split, input.Length - at)));
                await _arena.SettleAsync();
            }
        }

        await peer.EndAsync();
        _arena.ThrowIfFaulty();
        return output.Packets;
    }

    private async Task<Peer> JoinAsync(byte choice, string clientId)
    {
        ConnectPacket connect = Connect(choice, clientId);
        var output = new OutputCheck(connect);
        Peer peer = await _arena.OpenAsync(output);
        await peer.SendAsync(connect);
        await peer.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("#", new() { QoS = QoS.ExactlyOnce })] });
        output.IsForeseen = false;
        await _arena.SettleAsync();
        peer.Receive();
        return peer;
    }
}
