using System.Net;
using System.Net.Sockets;
using Amqtt.Client.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Client.Tests.Support;

/// <summary>The broker's side of a client under test, played by the test itself over loopback, and the client with it.</summary>
internal sealed class ScriptedBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<IAsyncDisposable> _open = [];

    public ScriptedBroker() => _listener.Start();

    /// <summary>The clock of the clients made here.</summary>
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public LogRecorder Log { get; } = new();

    public string Uri => $"mqtt://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>A client for this broker; nothing is loaded or pinged unless the test wants it.</summary>
    public MqttClient Client(Action<ClientOptions>? configure = null, Func<ClientServices, ClientServices>? services = null)
    {
        var options = new ClientOptions { Connection = new() { Uri = Uri }, KeepAlive = TimeSpan.Zero, ReconnectJitter = 0 };
        options.Plugins.Clear();
        configure?.Invoke(options);
        var own = new ClientServices { Time = Time, LoggerFactory = Log };
        var client = new MqttClient(options, services?.Invoke(own) ?? own);
        _open.Add(client);
        return client;
    }

    /// <summary>The next network connection of a client.</summary>
    public async Task<WireClient> AcceptAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var socket = await _listener.AcceptSocketAsync(patience.Token);
        socket.NoDelay = true;
        var wire = new WireClient(new NetworkStream(socket, ownsSocket: true), PacketSender.Client);
        _open.Insert(0, wire);
        return wire;
    }

    /// <summary>The next connection, its CONNECT answered.</summary>
    public async Task<WireClient> AcceptAsync(ConnAckPacket answer)
    {
        var wire = await AcceptAsync();
        await wire.ReceiveAsync<ConnectPacket>();
        await wire.SendAsync(answer);
        return wire;
    }

    /// <summary>A client that is connected, and the broker's side of it.</summary>
    public async Task<(MqttClient Client, WireClient Broker)> ConnectAsync(Action<ClientOptions>? configure = null, MqttProperties? properties = null, bool sessionPresent = false)
    {
        var client = Client(configure);
        return (client, await ConnectAsync(client, properties, sessionPresent));
    }

    public async Task<WireClient> ConnectAsync(MqttClient client, MqttProperties? properties = null, bool sessionPresent = false)
    {
        var connecting = client.ConnectAsync();
        var wire = await AcceptAsync(new ConnAckPacket { SessionPresent = sessionPresent, Properties = properties ?? MqttProperties.Empty });
        await connecting;
        return wire;
    }

    /// <summary>Moves the clock on, step by step, until something that waits for it has happened.</summary>
    public async Task<T> PassTimeUntilAsync<T>(Task<T> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!done.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromMilliseconds(250));
            // A real moment for what the step set off.
            await Task.WhenAny(done, Task.Delay(2));
        }

        return await done;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open)
            await open.DisposeAsync();
        _listener.Dispose();
        Log.Dispose();
    }
}
