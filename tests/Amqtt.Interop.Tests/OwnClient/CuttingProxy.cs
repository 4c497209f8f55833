using System.Net;
using System.Net.Sockets;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>A TCP relay between client and broker whose connections can be cut at any moment, with bytes on the way in both directions.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Func<Action<ReadOnlyMemory<byte>>>? _watch;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Task _accepting;
    private bool _ended;

    /// <param name="target">The broker's port.</param>
    /// <param name="watch">Called for every connection, in order; the result for what the broker sends on it. Null = nobody looks.</param>
    public CuttingProxy(int target, Func<Action<ReadOnlyMemory<byte>>>? watch = null)
    {
        _target = target;
        _watch = watch;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"mqtt://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>How many connections there were.</summary>
    public int Connections { get; private set; }

    /// <summary>Cuts every connection, half of them with a reset.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var socket in _open)
            {
                if (Random.Shared.Next(2) == 0)
                    socket.LingerState = new(enable: true, seconds: 0);
                socket.Dispose();
            }

            _open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _ended = true;
        _listener.Dispose();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            Connections++;
            _ = RelayAsync(client, _watch?.Invoke());
        }
    }

    private async Task RelayAsync(Socket client, Action<ReadOnlyMemory<byte>>? sent)
    {
        var broker = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            await broker.ConnectAsync(IPAddress.Loopback, _target);
        }
        catch (SocketException)
        {
            client.Dispose();
            broker.Dispose();
            return;
        }

        lock (_gate)
        {
            if (_ended)
            {
                client.Dispose();
                broker.Dispose();
                return;
            }

            _open.Add(client);
            _open.Add(broker);
        }

        await Task.WhenAny(PumpAsync(client, broker, seen: null), PumpAsync(broker, client, sent));
        lock (_gate)
        {
            _open.Remove(client);
            _open.Remove(broker);
        }

        client.Dispose();
        broker.Dispose();
    }

    private static async Task PumpAsync(Socket from, Socket to, Action<ReadOnlyMemory<byte>>? seen)
    {
        var buffer = new byte[4096];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
            {
                seen?.Invoke(buffer.AsMemory(0, count));
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }
}
