using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Listeners;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker;

/// <summary>
/// An MQTT 3.1, 3.1.1 and 5.0 broker. <c>await using var broker = await MqttBroker.StartAsync(options);</c> is all an embedding program needs.
/// Members may be called from any thread; starts and shutdowns exclude each other.
/// </summary>
public sealed partial class MqttBroker : IAsyncDisposable
{
    private readonly SemaphoreSlim _transition = new(1, 1);
    private BrokerOptions _options;
    private readonly BrokerServices _services;
    private PluginHost? _plugins;
    private RunningBroker? _running;

    private MqttBroker(BrokerOptions options, BrokerServices services, PluginHost plugins)
    {
        _options = options;
        _services = services;
        _plugins = plugins;
    }

    /// <summary>Where the broker is in its life.</summary>
    public BrokerStatus Status { get; private set; }

    /// <summary>
    /// Cancelled when the started broker has failed for good: one of its event loops has ended, and the clients on it are not served any more. The log says why. Stop it then; it may be
    /// started again. Never cancelled while it is not started.
    /// </summary>
    public CancellationToken Failed => _running?.Failed ?? CancellationToken.None;

    /// <summary>Where each listener listens, by its name, with the ports that the system chose; empty unless started. A listener on <c>localhost</c> has two.</summary>
    public ILookup<string, IPEndPoint> Endpoints =>
        (_running?.Listeners ?? []).SelectMany(static listener => listener.EndPoints, static (listener, endPoint) => (listener.Name, endPoint))
            .ToLookup(static pair => pair.Name, static pair => pair.endPoint, StringComparer.Ordinal);

    /// <summary>What has been started; null unless it is. For the fuzzers, which look at what it holds.</summary>
    internal RunningBroker? Started => _running;

    /// <summary>Makes a broker: loads and constructs its plugins, opens nothing (P-A14).</summary>
    /// <param name="options">The configuration; not to be changed any more.</param>
    /// <param name="services">Logging, clock, shared services; null for the defaults.</param>
    /// <exception cref="Amqtt.Plugins.PluginException">A plugin cannot be loaded, bound or constructed.</exception>
    /// <exception cref="Runtime.Configuration.ConfigurationException">Several things are wrong with the plugins or listeners; all are in it.</exception>
    public static async Task<MqttBroker> CreateAsync(BrokerOptions options, BrokerServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        services ??= new BrokerServices();
        options.Validate();
        return new MqttBroker(options, services, await LoadPluginsAsync(options, services));
    }

    /// <summary>Makes a broker and starts it.</summary>
    /// <param name="options">The configuration; not to be changed any more.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <inheritdoc cref="CreateAsync"/>
    /// <exception cref="BrokerException">A listener cannot be opened; names it.</exception>
    public static Task<MqttBroker> StartAsync(BrokerOptions options, CancellationToken cancellationToken = default) =>
        StartAsync(options, services: null, cancellationToken);

    /// <inheritdoc cref="StartAsync(BrokerOptions, CancellationToken)"/>
    /// <param name="options">The configuration; not to be changed any more.</param>
    /// <param name="services">Logging, clock, shared services; null for the defaults.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    public static async Task<MqttBroker> StartAsync(BrokerOptions options, BrokerServices? services, CancellationToken cancellationToken = default)
    {
        MqttBroker broker = await CreateAsync(options, services);
        try
        {
            await broker.StartAsync(cancellationToken);
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a new or stopped broker, or tries one again whose start failed.</summary>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="BrokerException">The broker is starting, started or stopping, and goes on as it is; or a listener cannot be opened, and everything is closed again.</exception>
    /// <exception cref="Amqtt.Plugins.PluginException">A plugin's start failed; everything is closed again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (Status is BrokerStatus.Starting or BrokerStatus.Started or BrokerStatus.Stopping)
            throw new BrokerException($"the broker is {Status} and cannot be started; shut it down first");
        await _transition.WaitAsync(cancellationToken);
        try
        {
            if (Status == BrokerStatus.Started) throw new BrokerException("the broker is Started and cannot be started; shut it down first");
            Status = BrokerStatus.Starting;
            _plugins ??= await LoadPluginsAsync(_options, _services); // a restart has new ones
            var running = new RunningBroker(_options, _services, _plugins);
            try
            {
                await running.OpenAsync(cancellationToken);
                _running = running;
                Status = BrokerStatus.Started;
                await running.StartedAsync(cancellationToken);
            }
            catch
            {
                _running = null;
                Status = BrokerStatus.Starting; // until everything is closed
                await running.DisposeAsync();
                _plugins = null; // disposed with it
                throw;
            }
        }
        finally
        {
            if (Status == BrokerStatus.Starting) Status = BrokerStatus.NotStarted;
            _transition.Release();
        }
    }

    /// <summary>
    /// Shuts down completely: plugins are told, nothing is accepted any more, every client is disconnected (v5: 0x8B), plugins are stopped.
    /// Does nothing when the broker is not started (P-A4).
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for the turn; a shutdown that has begun is carried to its end.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await _transition.WaitAsync(cancellationToken);
        try
        {
            if (_running is not { } running) return;
            Status = BrokerStatus.Stopping;
            try
            {
                await running.ShutdownAsync();
                Status = BrokerStatus.Stopped;
            }
            catch
            {
                Status = BrokerStatus.NotStopped;
                throw;
            }
            finally
            {
                _running = null;
                _plugins = null;
            }
        }
        finally
        {
            _transition.Release();
        }
    }

    /// <summary>
    /// Serves one MQTT connection over a stream that the caller has accepted; completes when that connection has ended (P-B2). The stream is disposed then, or,
    /// if it is an <see cref="IOutputShutdown"/>, as soon as its peer has ended it, too.
    /// </summary>
    /// <param name="stream">Both directions.</param>
    /// <param name="listener">The listener whose options count; any type, usually <c>external</c>. The connection does not count against its <c>max_connections</c>.</param>
    /// <param name="peer">The other end: address and port, or any other end point where there are none, of a Unix socket for example.</param>
    /// <param name="certificate">The client's TLS certificate, validated by the caller; null if there is none.</param>
    /// <exception cref="BrokerException">The broker is not started or has no such listener, or <paramref name="peer"/> is null.</exception>
    public Task ServeAsync(Stream stream, string listener = ListenerCollection.DefaultName, EndPoint? peer = null, X509Certificate2? certificate = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (_running is not { } running) throw new BrokerException($"the broker is {Status}; start it before it can serve a connection");
        Listener found = running.Find(listener);
        if (peer is null) throw new BrokerException($"a connection for listener '{listener}' comes without its peer and is refused; expected the address that it came from");
        return found.ServeAsync(stream, peer as IPEndPoint, certificate);
    }

    /// <summary>The options of a listener with everything that it inherits. Read-only.</summary>
    /// <param name="listener">Its name.</param>
    /// <exception cref="BrokerException">The broker is not started, or has no such listener.</exception>
    public ListenerOptions GetListener(string listener) =>
        _running is { } running ? running.Find(listener).Options : throw new BrokerException($"the broker is {Status}; start it before it has listeners");

    /// <summary>
    /// Reads the certificate files of all TLS listeners again, for handshakes to come; connections that are there go on. Without it changed files are noticed by the
    /// next handshake. Files that cannot be used are logged, and those read before stay in force. Does nothing when the broker is not started.
    /// </summary>
    public void ReloadCertificates()
    {
        foreach (Listener listener in _running?.Listeners ?? []) listener.ReloadCertificate();
    }

    /// <summary>
    /// Tells plugins that log levels may have changed, so that one that only logs switches its hooks on or off. A broker of <c>AddAmqttBroker</c> is told by its host; any other by the program
    /// that changes the levels. Any thread.
    /// </summary>
    public void NotifyLogLevelsChanged() => _plugins?.NotifyLogLevelsChanged();

    /// <summary>Shuts down if the broker is started, and disposes plugins that were never started.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_plugins is not null) await _plugins.DisposeAsync();
        _plugins = null;
    }

    private static ValueTask<PluginHost> LoadPluginsAsync(BrokerOptions options, BrokerServices services) =>
        PluginHost.LoadAsync(options.Plugins, HostOptions(options, services));

    private static PluginHostOptions HostOptions(BrokerOptions options, BrokerServices services) => new()
    {
        LoggerFactory = services.LoggerFactory,
        Time = services.Time,
        PluginPath = options.PluginPath,
        Compiler = services.PluginCompiler,
        Wrap = services.WrapPlugin,
        Unload = services.UnloadPlugins,
        BaseDirectory = services.BaseDirectory ?? Directory.GetCurrentDirectory(),
        Listeners = options.Listeners.Keys,
        StrictTopicPlugins = options.StrictTopicPlugins,
        ShareServices = services.ShareServices,
    };
}
