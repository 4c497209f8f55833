using Amqtt.Client.Connections;
using Amqtt.Client.Publishing;
using Amqtt.Client.Subscribing;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client;

/// <summary>Subscribing, and messages.</summary>
public sealed partial class MqttClient
{
    /// <summary>
    /// Messages of subscriptions made with <see cref="SubscribeAsync(IEnumerable{ValueTuple{string, QoS}}, CancellationToken)"/> and of those the broker remembers from
    /// earlier, that is: all that no <see cref="MqttSubscription"/> is there for. A message is acknowledged when the next one is asked for. Ends when the client is disconnected.
    /// </summary>
    public IAsyncEnumerable<ReceivedMessage> Messages => ReadRestAsync();

    /// <summary>Subscribes to a filter and reads its messages as a stream.</summary>
    /// <param name="filter">A topic filter, shared ones included.</param>
    /// <param name="qos">The highest QoS wanted.</param>
    /// <param name="options">What else is wanted.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClientException">It is no filter, the broker refused it, or there is no connection and will be none.</exception>
    public Task<MqttSubscription> SubscribeAsync(string filter, QoS qos = QoS.AtMostOnce, SubscribeOptions? options = null, CancellationToken cancellationToken = default) =>
        SubscribeAsync(filter, handler: null, qos, options, cancellationToken);

    /// <summary>
    /// Subscribes to a filter and calls a handler for each message, on the thread pool, so many at a time as the options say. A message is acknowledged when its handler has
    /// completed; one whose handler throws stays unacknowledged, and the broker sends it again with the next connection.
    /// </summary>
    /// <param name="filter">A topic filter, shared ones included.</param>
    /// <param name="handler">Called for each message; its token is cancelled when the client is disposed.</param>
    /// <param name="qos">The highest QoS wanted.</param>
    /// <param name="options">What else is wanted.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClientException">It is no filter, the broker refused it, or there is no connection and will be none.</exception>
    public async Task<MqttSubscription> SubscribeAsync(
        string filter, Func<ReceivedMessage, CancellationToken, ValueTask>? handler, QoS qos = QoS.AtMostOnce, SubscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        var subscription = Register(filter, handler, qos, options);
        try
        {
            var requested = new SubscriptionRequest(filter, Wire(qos, subscription.Options));
            var answer = await AskAsync([requested], subscription.Options, cancellationToken);
            subscription.Granted = answer.Reasons[0];
            if (!answer.Reasons[0].IsError())
                return subscription;
            throw new ClientException(
                $"The broker refused the subscription to '{Amqtt.Plugins.LogText.Escape(filter)}': {answer.Reasons[0]} (0x{(byte)answer.Reasons[0]:X2}){(answer.Properties.ReasonString is { } text ? $", {text}" : "")}.");
        }
        catch
        {
            _subscriptions.Remove(subscription);
            subscription.Inlet.Complete();
            throw;
        }
    }

    /// <summary>Subscribes to filters whose messages are read from <see cref="Messages"/> or <see cref="DeliverMessageAsync"/>.</summary>
    /// <param name="filters">Pairs of filter and highest QoS.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>One code per filter: the granted QoS, or an error such as 0x80.</returns>
    /// <exception cref="ClientException">One is no filter, or there is no connection and will be none.</exception>
    public async Task<IReadOnlyList<ReasonCode>> SubscribeAsync(IEnumerable<(string Filter, QoS QoS)> filters, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filters);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var options = new SubscribeOptions();
        SubscriptionRequest[] requests = [.. filters.Select(pair => new SubscriptionRequest(Checked(pair.Filter, pair.QoS), Wire(pair.QoS, options)))];
        if (requests.Length == 0)
            throw new ClientException("There is no filter to subscribe to.");
        return (await AskAsync(requests, options, cancellationToken)).Reasons;
    }

    /// <summary>
    /// Hands messages that match a filter to a handler without asking the broker for them: for a session that the broker keeps, before <see cref="ConnectAsync"/>.
    /// </summary>
    /// <param name="filter">A topic filter.</param>
    /// <param name="handler">As for <see cref="SubscribeAsync(string, Func{ReceivedMessage, CancellationToken, ValueTask}, QoS, SubscribeOptions, CancellationToken)"/>.</param>
    /// <param name="options">Concurrency and acknowledgement.</param>
    /// <returns>Dispose it to unsubscribe.</returns>
    public MqttSubscription Handle(string filter, Func<ReceivedMessage, CancellationToken, ValueTask> handler, SubscribeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Register(filter, handler, QoS.ExactlyOnce, options);
    }

    /// <summary>Unsubscribes from filters, also from those of <see cref="MqttSubscription"/>s, whose streams end.</summary>
    /// <param name="filters">The filters as they were subscribed to.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>One code per filter (5.0); empty before.</returns>
    /// <exception cref="ClientException">There is no connection and will be none.</exception>
    public async Task<IReadOnlyList<ReasonCode>> UnsubscribeAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filters);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (filters.Count == 0)
            throw new ClientException("There is no filter to unsubscribe from.");
        foreach (var filter in filters)
            Checked(filter, QoS.AtMostOnce);
        var answer = (UnsubAckPacket)await RequestAsync(id => new UnsubscribePacket { PacketId = id, Filters = filters }, () => Forget(filters), cancellationToken);
        return answer.Reasons;
    }

    /// <summary>The next message that no <see cref="MqttSubscription"/> is there for. It counts as acknowledged.</summary>
    /// <param name="timeout">How long to wait; null = as long as it takes.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The message; null if the client was disconnected.</returns>
    /// <exception cref="TimeoutException">None came in time.</exception>
    /// <exception cref="ClientException">The client was never connected, or has given up connecting.</exception>
    public async Task<ReceivedMessage?> DeliverMessageAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (State == ClientState.New)
            throw new ClientException("The client was never connected: call ConnectAsync first.");
        using var limit = new Limit(timeout, _services.Time, cancellationToken);
        var rest = _inbox.Rest;
        do
        {
            if (rest.TryTake(out var message))
            {
                message.Acknowledge();
                return message;
            }
        }
        while (await limit.Run(rest.WaitAsync));
        return null;
    }

    private async IAsyncEnumerable<ReceivedMessage> ReadRestAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel = default)
    {
        var rest = _inbox.Rest;
        while (await rest.WaitAsync(cancel))
        {
            while (rest.TryTake(out var message))
            {
                yield return message;
                message.Acknowledge();
            }
        }
    }

    private MqttSubscription Register(string filter, Func<ReceivedMessage, CancellationToken, ValueTask>? handler, QoS qos, SubscribeOptions? options)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Concurrency, 1, nameof(options));
        var inlet = new Inlet(_inbox.Unread, singleReader: handler is null || options.Concurrency == 1);
        var subscription = new MqttSubscription(Checked(filter, qos), qos, options, inlet, EndAsync) { IsStream = handler is null };
        // Before the broker is asked: its first messages may come with its answer.
        _subscriptions.Add(subscription);
        if (handler is not null)
            HandlerPump.Start(subscription, handler, _log, _stopping.Token);
        return subscription;
    }

    private async ValueTask EndAsync(MqttSubscription subscription)
    {
        var wasLast = _subscriptions.Remove(subscription);
        subscription.Inlet.Complete();
        if (wasLast && State is ClientState.Connected or ClientState.Reconnecting)
        {
            try
            {
                await UnsubscribeAsync([subscription.Filter], _stopping.Token);
            }
            catch (Exception e) when (e is ClientException or OperationCanceledException or ObjectDisposedException)
            {
                // The client ended meanwhile, and with it the subscription.
            }
        }

        if (subscription.IsStream)
            subscription.Inlet.Discard(acknowledge: true);
    }

    private async Task<SubAckPacket> AskAsync(SubscriptionRequest[] requests, SubscribeOptions options, CancellationToken cancel)
    {
        var properties = options.SubscriptionIdentifier == 0 && options.UserProperties.Count == 0 ? MqttProperties.Empty : new()
        {
            SubscriptionIdentifiers = options.SubscriptionIdentifier == 0 ? [] : [(uint)options.SubscriptionIdentifier],
            UserProperties = options.UserProperties,
        };
        var answer = (SubAckPacket)await RequestAsync(id => new SubscribePacket { PacketId = id, Subscriptions = requests, Properties = properties }, static () => { }, cancel);
        if (answer.Reasons.Count != requests.Length)
            throw new ClientException($"The broker answered with another number of codes than there are filters: {answer.Reasons.Count} instead of {requests.Length}.");
        for (var i = 0; i < requests.Length; i++)
        {
            if (!answer.Reasons[i].IsError())
                _subscriptions.Asked(requests[i].Filter, requests[i].Options, options.SubscriptionIdentifier);
        }

        return answer;
    }

    private async Task<MqttPacket> RequestAsync(Func<ushort, MqttPacket> packet, Action sent, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Connection? lost = null;
        while (true)
        {
            var connection = await _supervisor.GetAsync(lost, cancel);
            var request = new Request();
            if (!_outbox.TryRequest(request, connection.Link, packet))
            {
                // It ended just now.
                lost = connection;
                continue;
            }

            sent();
            try
            {
                return await request.Answer.WaitAsync(cancel);
            }
            catch (ConnectionLostException) when (_options.AutoReconnect && _options.WhenDisconnected != Configuration.DisconnectedBehavior.Fail)
            {
                // Once more, on the next connection.
                lost = connection;
            }
        }
    }

    private void Forget(IReadOnlyList<string> filters)
    {
        foreach (var filter in filters)
        {
            _subscriptions.Unasked(filter);
            foreach (var subscription in _subscriptions.Of(filter))
            {
                _subscriptions.Remove(subscription);
                subscription.Inlet.Complete();
            }
        }
    }

    private static string Checked(string filter, QoS qos)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (!TopicFilter.IsValid(filter))
            throw new ClientException($"'{Amqtt.Plugins.LogText.Escape(filter)}' is no topic filter: '#' stands alone in the last level, '+' alone in its level.");
        if (qos > QoS.ExactlyOnce)
            throw new ClientException($"QoS {(int)qos} does not exist; it is 0, 1 or 2.");
        return filter;
    }

    private static SubscriptionOptions Wire(QoS qos, SubscribeOptions options) => new()
    {
        QoS = qos,
        NoLocal = options.NoLocal,
        RetainAsPublished = options.RetainAsPublished,
        RetainHandling = options.RetainHandling,
    };
}
