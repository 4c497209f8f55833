using System.Net;
using System.Text;
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Plugins.Testing;

/// <summary>
/// The real broker for the tests of a plugin: real pipeline, real binder of options, clients over streams in memory. It opens no socket and takes no
/// real time: its clock stands still until <see cref="Time"/> is advanced. For one test at a time.
/// </summary>
/// <example>
/// <code>
/// await using var host = await PluginTestHost.StartAsync&lt;Quarantine&gt;("prefix: secret/");
/// await using var client = await host.ConnectAsync("c1");
/// Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("secret/plan", "x", QoS.AtLeastOnce));
/// </code>
/// </example>
public sealed class PluginTestHost : IAsyncDisposable
{
    private const int FirstPort = 50_000; // no socket has it; clients must only differ

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(5);

    private readonly List<PluginTestClient> _clients = [];
    private readonly ILoggerFactory _loggers;

    private PluginTestHost(MqttBroker broker, ILoggerFactory loggers)
    {
        Broker = broker;
        _loggers = loggers;
    }

    /// <summary>The broker.</summary>
    public MqttBroker Broker { get; }

    /// <summary>The clock of broker and plugins; it begins at 2026-01-01 00:00 UTC.</summary>
    public FakeTimeProvider Time { get; private init; } = null!;

    /// <summary>The calls of the plugins' hooks.</summary>
    public HookRecorder Calls { get; private init; } = null!;

    /// <summary>Makes hooks fail on demand.</summary>
    public HookFaults Faults { get; private init; } = null!;

    /// <summary>What broker and plugins have logged.</summary>
    public TestLog Log { get; private init; } = null!;

    /// <summary>Starts a broker with one plugin and, unless that authenticates, access for everyone.</summary>
    /// <typeparam name="TPlugin">The plugin.</typeparam>
    /// <param name="options">Its options as YAML, as they would stand below its name in a configuration file, reserved keys included; null = none.</param>
    /// <param name="configure">Sets what else the test needs.</param>
    /// <param name="shareServices">Adds services that constructors of plugins may take, such as an <see cref="IHttpClientFactory"/> of the test's own; null = none.</param>
    /// <exception cref="PluginException">The plugin cannot be bound, constructed or started.</exception>
    /// <exception cref="ConfigurationException">Several things are wrong with its options; all are in it.</exception>
    public static Task<PluginTestHost> StartAsync<TPlugin>(string? options = null, Action<BrokerOptions>? configure = null, Action<IServiceCollection>? shareServices = null)
        where TPlugin : BasePlugin
        => StartAsync(typeof(TPlugin), options, configure, shareServices);

    /// <summary>Starts a broker with a whole configuration file. Its listeners keep their names and limits, but open no socket.</summary>
    /// <param name="yaml">The configuration; plugins are found by name among the assemblies of the test.</param>
    /// <param name="fileName">What messages call it; relative paths in it start from its folder. It need not exist. Null = the current folder.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    /// <exception cref="PluginException">A plugin cannot be loaded, constructed or started.</exception>
    public static Task<PluginTestHost> StartAsync(string yaml, string? fileName = null) => StartAsync(BrokerConfiguration.FromYaml(yaml, fileName));

    /// <summary>Starts a broker. Its listeners keep their names and limits, but open no socket.</summary>
    /// <param name="options">The configuration; owned by the host from now on.</param>
    /// <param name="shareServices">Adds services that constructors of plugins may take; null = none.</param>
    /// <exception cref="PluginException">A plugin cannot be loaded, constructed or started.</exception>
    public static async Task<PluginTestHost> StartAsync(BrokerOptions options, Action<IServiceCollection>? shareServices = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var listener in options.Listeners.Values)
        {
            (listener.Type, listener.Bind, listener.Ssl) = (ListenerType.External, null, false);
        }

        options.EventLoops ??= 1;
        var (calls, faults, log) = (new HookRecorder(), new HookFaults(), new TestLog());
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var loggers = log.CreateFactory();
        var services = new BrokerServices
        {
            LoggerFactory = loggers,
            Time = time,
            BaseDirectory = options.BaseDirectory,
            ShareServices = shareServices,
            WrapPlugin = plugin => new RecordedPlugin(plugin, calls, faults),
        };
        try
        {
            var broker = await MqttBroker.StartAsync(options, services);
            return new PluginTestHost(broker, loggers) { Time = time, Calls = calls, Faults = faults, Log = log };
        }
        catch
        {
            loggers.Dispose();
            throw;
        }
    }

    internal static Task<PluginTestHost> StartAsync(Type plugin, string? options, Action<BrokerOptions>? configure = null, Action<IServiceCollection>? shareServices = null)
    {
        var errors = new ConfigErrors();
        var node = options is null ? null : YamlConfig.Parse(options, fileName: null, errors);
        errors.ThrowIfAny();
        var broker = new BrokerOptions { Plugins = [] };
        // The clock leaps, and the clients do not ping, nor have they always taken what they were just sent; it stands still, and the answers to refused logins would come later and later.
        (broker.Limits.MaxKeepAlive, broker.Limits.FailedLogins) = (Timeout.InfiniteTimeSpan, int.MaxValue);
        broker.Limits.OutputStallTimeout = TimeSpan.FromDays(1); // the most that it takes
        if (!plugin.IsAssignableTo(typeof(IAuthPlugin))) broker.Plugins.Add("anonymous");
        broker.Plugins.AddConfigured(plugin, node);
        configure?.Invoke(broker);
        return StartAsync(broker, shareServices);
    }

    /// <summary>Connects a client; it must be accepted.</summary>
    /// <param name="clientId">Its client identifier.</param>
    /// <param name="userName">Its user name, or null.</param>
    /// <param name="password">Its password, or null.</param>
    /// <param name="version">What it speaks.</param>
    /// <param name="listener">The listener that it comes through.</param>
    /// <param name="address">Where it comes from; null = the loopback address.</param>
    /// <exception cref="PluginTestException">It was refused; the message has the reason.</exception>
    public async Task<PluginTestClient> ConnectAsync(
        string clientId,
        string? userName = null,
        string? password = null,
        ProtocolVersion version = ProtocolVersion.V5,
        string listener = ListenerCollection.DefaultName,
        IPAddress? address = null)
    {
        var (client, answer) = await TryConnectAsync(clientId, userName, password, version, listener, address);
        if (answer.Reason == ReasonCode.Success) return client;
        // A plugin that failed is the likely cause, and the client was not told of it.
        var fault = Log.Lines.LastOrDefault(static line => line.Level >= LogLevel.Error);
        throw new PluginTestException($"Client '{clientId}' was refused: {answer}{(fault is null ? "" : $"; the log has: {fault}")}");
    }

    /// <summary>Connects a client and hands back whatever is answered: a refusal has its reason and text.</summary>
    /// <param name="clientId">Its client identifier.</param>
    /// <param name="userName">Its user name, or null.</param>
    /// <param name="password">Its password, or null.</param>
    /// <param name="version">What it speaks.</param>
    /// <param name="listener">The listener that it comes through.</param>
    /// <param name="address">Where it comes from; null = the loopback address.</param>
    /// <exception cref="PluginTestException">The connection was closed without an answer.</exception>
    public Task<(PluginTestClient Client, ConnAckPacket Answer)> TryConnectAsync(
        string clientId,
        string? userName = null,
        string? password = null,
        ProtocolVersion version = ProtocolVersion.V5,
        string listener = ListenerCollection.DefaultName,
        IPAddress? address = null)
        => TryConnectAsync(CreateConnect(clientId, userName, password, version), listener, address);

    /// <summary>Sends a CONNECT of the test's own and hands back whatever is answered.</summary>
    /// <param name="connect">The packet.</param>
    /// <param name="listener">The listener that it comes through.</param>
    /// <param name="address">Where it comes from; null = the loopback address.</param>
    /// <param name="answer">The client's side of enhanced authentication: what it answers to the data of a challenge, now and in
    /// <see cref="PluginTestClient.AuthenticateAsync"/>. The method and the first data are properties of <paramref name="connect"/>.</param>
    /// <exception cref="PluginTestException">The connection was closed without an answer, or there was a challenge and nobody to answer it.</exception>
    public async Task<(PluginTestClient Client, ConnAckPacket Answer)> TryConnectAsync(
        ConnectPacket connect,
        string listener = ListenerCollection.DefaultName,
        IPAddress? address = null,
        Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? answer = null)
    {
        ArgumentNullException.ThrowIfNull(connect);
        var (near, far) = DuplexStream.CreatePair();
        var served = Broker.ServeAsync(far, listener, new IPEndPoint(address ?? IPAddress.Loopback, FirstPort + _clients.Count));
        var client = new PluginTestClient(near, served, connect, answer);
        _clients.Add(client);
        return (client, await client.OpenAsync(connect));
    }

    /// <summary>A CONNECT to change: clean start, no keep-alive (by a configuration of the test's own an MQTT 5 client is told the broker's longest, an hour).</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="userName">The user name, or null.</param>
    /// <param name="password">The password, or null.</param>
    /// <param name="version">What it speaks.</param>
    public static ConnectPacket CreateConnect(string clientId, string? userName = null, string? password = null, ProtocolVersion version = ProtocolVersion.V5) => new()
    {
        Version = version,
        ClientId = clientId,
        CleanStart = true,
        UserName = userName,
        Password = password is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(password),
    };

    /// <summary>
    /// Advances the clock, second by second, until something has happened that needs time: a time-out, a delay. Each second is given a moment of real
    /// time, because what it sets off runs on other threads.
    /// </summary>
    /// <param name="happened">What is waited for.</param>
    /// <exception cref="PluginTestException">It has not happened after an hour of the fake clock.</exception>
    public async Task AdvanceUntilAsync(Task happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        for (var seconds = 0; seconds < 3600; seconds++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            if (await Task.WhenAny(happened, Task.Delay(Moment)) == happened) return;
        }

        throw new PluginTestException("It has not happened after an hour of the fake clock.");
    }

    /// <summary>Closes the clients and shuts the broker down, with the plugins' shutdown hooks.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Broker.DisposeAsync();
        _loggers.Dispose();
    }
}
