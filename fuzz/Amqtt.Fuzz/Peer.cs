using System.Net.Sockets;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Fuzz;

/// <summary>The client's end of one connection.</summary>
internal sealed class Peer(Arena arena, Socket socket, OutputCheck? output) : IAsyncDisposable
{
    // Of a quarter of a second each.
    private const int WaitsForAnswers = 4;
    private const int WaitsForEnd = 40;

    private const int Microseconds = 250_000; // what the system has held back between two sockets takes time of its own

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly byte[] _received = new byte[64 * 1024];
    private bool _hasLeft;

    /// <summary>Looks at what the broker sends.</summary>
    public OutputCheck? Output => output;

    /// <summary>Whether the broker has ended its half.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether it takes what comes.</summary>
    public bool IsReading { get; set; } = true;

    /// <summary>Sends bytes that are no packets, or not known to be.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (!HasEnded) await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // The connection is over; what came before is still to be received.
        }
    }

    /// <summary>Sends a packet if there is one that says so.</summary>
    public async Task SendAsync(MqttPacket packet)
    {
        try
        {
            byte[] bytes = PacketCodec.Encode(packet, output!.Version);
            output.Sending(packet);
            await SendAsync(bytes);
        }
        catch (CodecException)
        {
            // A topic that cannot be sent, for example.
        }
    }

    /// <summary>Takes what has come.</summary>
    public void Receive()
    {
        try
        {
            while (IsReading && !HasEnded && socket.Poll(0, SelectMode.SelectRead))
            {
                int count = socket.Receive(_received);
                if (count == 0) HasEnded = true;
                else output?.Received(_received.AsSpan(0, count));
            }
        }
        catch (SocketException)
        {
            HasEnded = true;
        }
    }

    /// <summary>Ends this half, and takes what comes until the broker has ended the other.</summary>
    public async Task EndAsync()
    {
        if (_hasLeft) return;
        IsReading = true;
        await arena.SettleAsync();
        Receive();
        if (!arena.IsAlone)
        {
            ShutDown();
            await ReceiveAllAsync();
            return;
        }

        for (int wait = 0; !HasEnded && output?.IsOwed == true && wait < WaitsForAnswers; wait++) await WaitAsync();
        if (!HasEnded) output?.ThrowIfOwed();
        ShutDown();
        for (int wait = 0; !HasEnded; wait++)
        {
            if (wait == WaitsForEnd) throw new InvalidOperationException("a connection does not end although its client has");
            await WaitAsync();
        }
    }

    /// <summary>Goes without a word.</summary>
    /// <param name="reset">Takes back what has not been read.</param>
    public void Leave(bool reset)
    {
        if (reset) socket.LingerState = new LingerOption(enable: true, seconds: 0);
        else ShutDown();
        socket.Dispose();
        _hasLeft = HasEnded = true;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    // Also when the broker has ended: disposing the socket closes it only when the runtime has let go of it.
    private void ShutDown()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Likewise.
        }
    }

    private async Task ReceiveAllAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (!HasEnded && await socket.ReceiveAsync(_received, patience.Token) is var count)
            {
                HasEnded = count == 0;
                output?.Received(_received.AsSpan(0, count));
            }
        }
        catch (SocketException)
        {
            HasEnded = true; // as good an end as any
        }
    }

    /// <summary>What is under way comes, or time passes: a publisher is held up for its receivers no longer than a quarter of a second.</summary>
    private async Task WaitAsync()
    {
        await arena.SettleAsync();
        Receive();
        if (HasEnded) return;
        await arena.PassAsync(TimeSpan.FromMilliseconds(250));
        socket.Poll(Microseconds, SelectMode.SelectRead);
        Receive();
    }
}
