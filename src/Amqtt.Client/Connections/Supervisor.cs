using System.Diagnostics.CodeAnalysis;
using Amqtt.Client.Configuration;
using Amqtt.Client.Diagnostics;
using Amqtt.Client.Plugins;
using Amqtt.Client.Publishing;
using Amqtt.Client.Subscribing;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client.Connections;

/// <summary>Keeps a client connected: attempts, waits between them, what a session needs after a reconnect, and the end.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has neither timer nor links.")]
internal sealed partial class Supervisor
{
    private readonly Lock _gate;
    private readonly ClientServices _services;
    private readonly ClientHooks _hooks;
    private readonly ClientMetrics _metrics;
    private readonly ClientSession _session;
    private readonly Connector _connector;
    private readonly Outbox _outbox;
    private readonly Inbox _inbox;
    private readonly SubscriptionTable _subscriptions;
    private readonly StateEvents _states;
    private readonly ILogger _log;
    private readonly Random _random = new();

    private ClientOptions _options;
    private IReadOnlyDictionary<string, string> _headers = new Dictionary<string, string>(StringComparer.Ordinal);
    private string _clientId;
    private ClientState _state;
    private Connection? _current;
    private TaskCompletionSource<Connection> _next = NewNext();
    private CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;
    private ClientException _closed = new NotYetConnected();
    private bool _leaving;
    private int _epoch;

    public Supervisor(
        Lock gate, ClientOptions options, string clientId, ClientServices services, ClientHooks hooks, ClientMetrics metrics, ClientSession session, Outbox outbox, Inbox inbox,
        SubscriptionTable subscriptions, StateEvents states, ILogger log)
    {
        _gate = gate;
        _options = options;
        _clientId = clientId;
        _services = services;
        _hooks = hooks;
        _metrics = metrics;
        _session = session;
        _outbox = outbox;
        _inbox = inbox;
        _subscriptions = subscriptions;
        _states = states;
        _log = log;
        _connector = new(hooks, services);
    }

    public ClientState State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    public string ClientId
    {
        get
        {
            lock (_gate) return _clientId;
        }
    }

    public ClientConnectOptions? LastAttempt => _connector.LastAttempt;

    /// <summary>Connects, with the further attempts that the options allow.</summary>
    /// <exception cref="ClientException">The client is connected already or was told something impossible.</exception>
    /// <exception cref="ConnectException">No connection came about.</exception>
    public async Task<ConnAckPacket> ConnectAsync(ClientOptions options, IReadOnlyDictionary<string, string>? headers, CancellationToken cancel)
    {
        // The end of an earlier connection may still be under way.
        if (State is ClientState.Disconnected)
            await _run;
        lock (_gate)
        {
            if (_state is ClientState.Connecting or ClientState.Connected or ClientState.Reconnecting)
                throw new ClientException($"The client is {(_state == ClientState.Connected ? "connected" : "connecting")} already.");
            Enter(ClientState.Connecting);
            _options = options;
            _headers = headers ?? _headers;
            _leaving = false;
            _stop = new();
            if (_closed is not NotYetConnected)
                _inbox.Reopen();
        }

        try
        {
            if (!options.VerifyCert)
                ClientLog.Unverified(_log, LogText.Escape(_clientId));
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _stop.Token);
            var attempt = await AttemptsAsync(isReconnect: false, options.CleanSession, either.Token);
            var connection = await EstablishAsync(attempt, isReconnect: false);
            _run = Task.Run(() => SuperviseAsync(connection), CancellationToken.None);
            return connection.Answer;
        }
        catch (Exception error)
        {
            GiveUp(error as ClientException ?? new ClientException(error.Message, error));
            throw;
        }
    }

    /// <summary>The connection, once there is one.</summary>
    /// <param name="lost">One that is known to have ended, whether that has been noticed here or not: it is the next one that is wanted.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="ClientException">There is none and will be none, or the options say not to wait.</exception>
    public ValueTask<Connection> GetAsync(Connection? lost, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_current is { } current && current != lost)
                return new(current);
            // Connected without a connection: what comes next, another one or the end, is about to be known.
            if (_state is not (ClientState.Connected or ClientState.Reconnecting))
                throw new ClientException(_closed.Message, _closed);
            if (_options.WhenDisconnected == DisconnectedBehavior.Fail && !_leaving)
                throw new ClientException("The client is not connected; it is connecting again.");
            return new(_next.Task.WaitAsync(cancel));
        }
    }

    /// <summary>Says goodbye and ends; whatever still waits ends with it.</summary>
    /// <returns>True if everything that was accepted before reached the network.</returns>
    public async Task<bool> DisconnectAsync(DisconnectPacket goodbye, CancellationToken cancel)
    {
        Connection? current;
        lock (_gate)
        {
            if (_state is ClientState.New or ClientState.Disconnected)
            {
                ClientLog.NothingToDisconnect(_log, LogText.Escape(_clientId));
                return false;
            }

            _leaving = true;
            current = _current;
        }

        var flushed = current is not null && await current.FinishAsync(goodbye, cancel);
        await _stop.CancelAsync();
        await _run;
        GiveUp(new ClientException("The client was disconnected."), wasAsked: true);
        return flushed;
    }

    private static TaskCompletionSource<Connection> NewNext()
    {
        var next = new TaskCompletionSource<Connection>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Nobody may be waiting when it fails.
        _ = next.Task.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return next;
    }

    private async Task SuperviseAsync(Connection connection)
    {
        while (true)
        {
            var error = await connection.RunAsync();
            var isRetried = Leave(connection, error);
            if (!isRetried)
                return;
            try
            {
                var attempt = await AttemptsAsync(isReconnect: true, CleanStartAgain(), _stop.Token);
                connection = await EstablishAsync(attempt, isReconnect: true);
            }
            catch (OperationCanceledException)
            {
                // Only a disconnect cancels, and it says the rest.
                return;
            }
            catch (ClientException failure)
            {
                ClientLog.GaveUp(_log, LogText.Escape(_clientId), failure.Message);
                GiveUp(failure);
                return;
            }
        }
    }

    private bool Leave(Connection connection, Exception? error)
    {
        bool isLeaving, isRetried;
        lock (_gate)
        {
            _outbox.Detach(connection.Link, error);
            _inbox.Window.Detach(connection.Link);
            _current = null;
            isLeaving = _leaving;
            isRetried = !isLeaving && _options.AutoReconnect && !IsFinal(connection.Goodbye?.Reason);
            if (isRetried)
                Enter(ClientState.Reconnecting);
        }

        _session.Disconnected(_services.Time.GetUtcNow());
        _hooks.Disconnected(isLeaving, connection.Goodbye?.Reason, isLeaving ? null : error);
        if (isLeaving)
            ClientLog.Disconnected(_log, LogText.Escape(_clientId));
        else
            ClientLog.Lost(_log, LogText.Escape(_clientId), _connector.LastAttempt?.Broker.ToString() ?? "", error?.Message ?? "");
        if (!isLeaving && !isRetried)
            GiveUp(error as ClientException ?? new ClientException(error?.Message ?? "The connection ended.", error));
        return isRetried;
    }

    // A client that came back from these would be thrown out again, or throw out its successor.
    private static bool IsFinal(ReasonCode? reason) => reason is ReasonCode.SessionTakenOver or ReasonCode.Banned or ReasonCode.NotAuthorized or ReasonCode.BadAuthenticationMethod;

    private void GiveUp(ClientException reason, bool wasAsked = false)
    {
        lock (_gate)
        {
            _closed = reason;
            Enter(ClientState.Disconnected);
            _outbox.Close(reason);
            _next.TrySetException(reason);
            _next = NewNext();
        }

        _subscriptions.Clear(wasAsked ? null : reason);
        _inbox.Rest.Complete(wasAsked ? null : reason);
    }

    private void Enter(ClientState state)
    {
        if (_state == state)
            return;
        _state = state;
        _states.Raise(state);
    }
}
