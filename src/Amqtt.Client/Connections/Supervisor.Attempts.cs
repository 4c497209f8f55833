using Amqtt.Client.Configuration;
using Amqtt.Client.Diagnostics;
using Amqtt.Client.Publishing;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Connections;

/// <summary>Attempts to connect, and what is done with one that succeeded.</summary>
internal sealed partial class Supervisor
{
    // P-D6: a first connect is tried at once; every further attempt waits before.
    private async Task<Connector.Attempt> AttemptsAsync(bool isReconnect, bool cleanStart, CancellationToken cancel)
    {
        ConnectException? last = null;
        for (var number = isReconnect ? 1 : 0; ; number++)
        {
            if (number > 0)
            {
                if (last is not null && (last.IsPermanent || !_options.AutoReconnect))
                    throw last;
                if (_options.ReconnectRetries >= 0 && number > _options.ReconnectRetries)
                    throw last ?? new ConnectException("The connection was lost, and the client is not to connect again (reconnect_retries).");
                var wait = Backoff.Before(number, _options, _random);
                if (last is not null)
                    ClientLog.WillRetry(_log, LogText.Escape(_clientId), number, last.Message, wait.TotalSeconds);
                await Task.Delay(wait, _services.Time, cancel);
            }

            try
            {
                var attempt = await _connector.ConnectAsync(_options, ClientId, cleanStart, isReconnect ? number : number + 1, isReconnect, _headers, cancel);
                _metrics.Connect("accepted");
                return attempt;
            }
            catch (ConnectException failure)
            {
                _metrics.Connect("failed");
                last = failure;
            }
        }
    }

    /// <exception cref="OperationCanceledException">The client was disconnected meanwhile.</exception>
    private async Task<Connection> EstablishAsync(Connector.Attempt attempt, bool isReconnect)
    {
        var answer = attempt.Handshake.Answer;
        var link = new Link(++_epoch, attempt.Limits) { Watcher = attempt.Watcher };
        var connection = new Connection(
            attempt.Handshake, link, new(_gate, _outbox, _inbox, _metrics, _services.Time, _options.PingDelay, _options.MaximumPacketSize));
        bool isLeaving;
        lock (_gate)
        {
            isLeaving = _leaving;
            if (!isLeaving)
                Attach(connection, attempt);
        }

        if (isLeaving)
        {
            await attempt.Handshake.Stream.DisposeAsync();
            throw new OperationCanceledException("The client was disconnected while it was connecting.");
        }

        ClientLog.Connected(_log, LogText.Escape(_clientId), attempt.Options.Broker.ToString(), attempt.Options.ProtocolVersion, answer.SessionPresent);
        _hooks.Connected(attempt.Options.Broker, answer, isReconnect);
        return connection;
    }

    private void Attach(Connection connection, Connector.Attempt attempt)
    {
        var (link, answer) = (connection.Link, connection.Answer);
        _clientId = answer.Properties.AssignedClientIdentifier ?? _clientId;
        _session.ClientId = _clientId;
        _session.Connected(attempt.Options, attempt.Limits, answer.SessionPresent, _services.Time.GetUtcNow());
        // 3.1 cannot say whether there is a session. The client goes on with the one it did not ask to have cleaned, and subscribes again in case it is gone.
        var goesOn = answer.SessionPresent || (attempt.Options.ProtocolVersion == ProtocolVersion.V31 && !attempt.Options.CleanStart);
        _inbox.Window.Attach(link, goesOn);
        // Before anything is published again: what the client publishes itself, it may have subscribed to.
        if (!answer.SessionPresent)
            Resubscribe(link);
        _outbox.Attach(link, goesOn);
        _current = connection;
        Enter(ClientState.Connected);
        _next.TrySetResult(connection);
        _next = NewNext();
    }

    private void Resubscribe(Link link)
    {
        foreach (var (identifier, requests) in _subscriptions.ToResubscribe())
        {
            var request = new Request();
            _outbox.Window.Add(request);
            try
            {
                link.Append(new SubscribePacket
                {
                    PacketId = request.PacketId,
                    Subscriptions = requests,
                    Properties = identifier == 0 ? MqttProperties.Empty : new() { SubscriptionIdentifiers = [(uint)identifier] },
                });
                _ = ReportAsync(request, requests);
            }
            catch (ClientException error)
            {
                // This broker takes smaller packets than the one before it.
                _outbox.Window.Remove(request);
                ClientLog.ResubscribeFailed(_log, error.Message);
            }
        }
    }

    private async Task ReportAsync(Request request, SubscriptionRequest[] requests)
    {
        try
        {
            var answer = (SubAckPacket)await request.Answer;
            for (var i = 0; i < requests.Length && i < answer.Reasons.Count; i++)
            {
                if (answer.Reasons[i].IsError())
                    ClientLog.NotResubscribed(_log, LogText.Escape(requests[i].Filter), answer.Reasons[i]);
            }
        }
        catch (ClientException error)
        {
            // The connection is gone again, and the next one subscribes again.
            ClientLog.ResubscribeFailed(_log, error.Message);
        }
    }

    private bool CleanStartAgain() =>
        _options.ReconnectCleanSession
        ?? (_options.ProtocolVersion == ProtocolVersion.V5 ? ConnectPackets.SessionExpiry(_options) == 0 && _options.CleanSession : _options.CleanSession);
}
