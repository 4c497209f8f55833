using System.Security.Cryptography;
using Amqtt.Client.Configuration;
using Amqtt.Client.Connections;
using Amqtt.Client.Diagnostics;
using Amqtt.Client.Plugins;
using Amqtt.Client.Publishing;
using Amqtt.Client.Requests;
using Amqtt.Client.Subscribing;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client;

/// <summary>
/// An MQTT client: one connection, kept up through reconnects, for any number of threads. Publishing waits for the broker instead of piling up; code of the
/// program (handlers, continuations) never runs where packets are read, so it may publish, subscribe and request from everywhere.
/// </summary>
/// <remarks>Members throw <see cref="ClientException"/> when there is no connection and will be none, <see cref="ObjectDisposedException"/> once it is disposed.</remarks>
public sealed partial class MqttClient : IAsyncDisposable, IClientHost
{
    private const string IdPrefix = "amqtt/";
    private const int IdLength = 16;
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private readonly Lock _gate = new();
    private readonly ClientOptions _options;
    private readonly ClientServices _services;
    private readonly ILogger _log;
    private readonly ClientMetrics _metrics = new();
    private readonly ClientSession _session = new();
    private readonly ClientHooks _hooks;
    private readonly SubscriptionTable _subscriptions = new();
    private readonly TopicCache _topics = new();
    private readonly Outbox _outbox;
    private readonly Inbox _inbox;
    private readonly Supervisor _supervisor;
    private readonly Requester _requester;
    private readonly CancellationTokenSource _stopping = new();
    private bool _disposed;

    /// <summary>A client for one broker with default options.</summary>
    /// <param name="uri">As <see cref="ConnectionOptions.Uri"/>.</param>
    /// <exception cref="ClientException">The URI is no broker's.</exception>
    public MqttClient(string uri)
        : this(new ClientOptions { Connection = new() { Uri = BrokerUri.Parse(uri) is { } ? uri : "" } })
    {
    }

    /// <summary>A client. Nothing is opened before <see cref="ConnectAsync"/>.</summary>
    /// <param name="options">Options; not to be changed any more.</param>
    /// <param name="services">What the program gives beside options.</param>
    /// <exception cref="Runtime.Configuration.ConfigurationException">The options are not possible; the exception says why.</exception>
    public MqttClient(ClientOptions? options = null, ClientServices? services = null)
    {
        _options = options ?? new();
        _options.Validate();
        _services = services ?? new();
        _log = _services.LoggerFactory.CreateLogger(ClientLog.Category);
        _hooks = new(_options, _services, _session);
        _outbox = new(_gate, _options, _services.Time, _metrics);
        _inbox = new(_gate, _options, _subscriptions, _hooks, _metrics, _log);
        var id = _options.ClientId ?? IdPrefix + RandomNumberGenerator.GetString(IdCharacters, IdLength);
        _session.ClientId = id;
        _session.CountIn = () => _inbox.Window.Count;
        _session.CountOut = () => _outbox.InFlight;
        _session.CountWaiting = () => _outbox.Waiting;
        _supervisor = new(_gate, _options, id, _services, _hooks, _metrics, _session, _outbox, _inbox, _subscriptions, new(state => StateChanged?.Invoke(this, new(state))), _log);
        _requester = new(this);
    }

    /// <summary>The client's state changed. Raised on the thread pool, in order.</summary>
    public event EventHandler<ClientStateChangedEventArgs>? StateChanged;

    /// <summary>The client identifier: what the options say, or generated; what the broker assigned once there was an empty one.</summary>
    public string ClientId => _supervisor.ClientId;

    /// <summary>Where the client is in its life.</summary>
    public ClientState State => _supervisor.State;

    /// <summary>Whether the broker has accepted the client and the connection is up.</summary>
    public bool IsConnected => State == ClientState.Connected;

    /// <summary>The facts of the session.</summary>
    public ISession Session => _session;

    /// <summary>Messages that arrived and wait for the program.</summary>
    public int UnreadMessages => _inbox.Unread.Messages;

    ClientConnectOptions? IClientHost.LastAttempt => _supervisor.LastAttempt;

    /// <summary>Connects; after a failure, further attempts follow as the options say.</summary>
    /// <param name="arguments">What this connection uses instead of the options.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The broker's answer: 0, or there is an exception.</returns>
    /// <exception cref="ConnectException">No connection came about; it carries the return code, if the broker gave one.</exception>
    /// <exception cref="ClientException">It is connected already, or the arguments are impossible.</exception>
    /// <exception cref="PluginException">A plugin cannot be loaded.</exception>
    public async Task<ConnectResult> ConnectAsync(ConnectArguments? arguments = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var options = arguments?.ApplyTo(_options) ?? _options;
        await _hooks.LoadAsync(this);
        return new(await _supervisor.ConnectAsync(options, arguments?.Headers, cancellationToken), ClientId);
    }

    /// <summary>Connects again, with the arguments of the last time unless given.</summary>
    /// <param name="cleanSession">Clean Session; null = as the options say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnectException">No connection came about.</exception>
    public Task<ConnectResult> ReconnectAsync(bool? cleanSession = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(new() { CleanSession = cleanSession }, cancellationToken);

    /// <summary>Asks the broker for a sign of life.</summary>
    /// <param name="timeout">How long to wait; null = as long as it takes.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    public async Task PingAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var limit = new Limit(timeout, _services.Time, cancellationToken);
        Connection? lost = null;
        while (true)
        {
            var connection = await limit.Run(token => _supervisor.GetAsync(lost, token));
            try
            {
                await limit.Run(_ => new ValueTask<bool>(Done(connection.KeepAlive.PingAsync())));
                return;
            }
            catch (ConnectionLostException) when (_options.AutoReconnect)
            {
                // Once more, on the next connection.
                lost = connection;
            }
        }

        static async Task<bool> Done(Task task)
        {
            await task;
            return true;
        }
    }

    /// <summary>
    /// Sends what was accepted, then DISCONNECT, and closes. Streams end, and what waits fails. When there is no connection it only warns.
    /// </summary>
    /// <param name="reason">The reason (5.0), for example <see cref="ReasonCode.DisconnectWithWillMessage"/>.</param>
    /// <param name="cancellationToken">Closes without waiting.</param>
    /// <returns>True if everything accepted before, QoS 0 included, was handed to the network.</returns>
    public Task<bool> DisconnectAsync(ReasonCode reason = ReasonCode.Success, CancellationToken cancellationToken = default) =>
        _supervisor.DisconnectAsync(new() { Reason = reason }, cancellationToken);

    /// <summary>Disconnects and frees everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (State is not (ClientState.New or ClientState.Disconnected))
            await _supervisor.DisconnectAsync(new(), CancellationToken.None);
        await _stopping.CancelAsync();
        await _hooks.DisposeAsync();
        _requester.Dispose();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    async ValueTask IClientHost.PublishAsync(ApplicationMessage message, CancellationToken cancel) =>
        await PublishAsync(message.Topic, message.Payload, message.QoS, message.Retain, new() { Properties = message.Properties }, cancel);

    async ValueTask<IAsyncDisposable> IClientHost.SubscribeAsync(string filter, QoS qos, Func<ApplicationMessage, CancellationToken, ValueTask> handler, CancellationToken cancel) =>
        await SubscribeAsync(filter, (message, token) => handler(ClientHooks.ToPlugin(message), token), qos, cancellationToken: cancel);
}

/// <summary>The broker's answer to a connect.</summary>
public sealed class ConnectResult
{
    internal ConnectResult(ConnAckPacket answer, string clientId)
    {
        Answer = answer;
        ClientId = clientId;
    }

    /// <summary>The CONNACK.</summary>
    public ConnAckPacket Answer { get; }

    /// <summary>The client identifier in force.</summary>
    public string ClientId { get; }

    /// <summary>The return code, which is 0: everything else is an exception.</summary>
    public int ReturnCode => (int)Answer.Reason.ToReturnCode();

    /// <summary>Whether the broker continues a session that it kept.</summary>
    public bool SessionPresent => Answer.SessionPresent;

    /// <summary>What the broker says about itself (5.0).</summary>
    public MqttProperties Properties => Answer.Properties;
}
