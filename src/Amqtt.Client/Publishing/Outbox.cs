using Amqtt.Client.Configuration;
using Amqtt.Client.Connections;
using Amqtt.Client.Diagnostics;
using Amqtt.Protocol;

namespace Amqtt.Client.Publishing;

/// <summary>
/// What goes to the broker, over all connections of a client: messages that wait, and those whose flow has not ended. Everything is guarded by the
/// client's gate; what arrives for it comes through <see cref="AckHandler"/>.
/// </summary>
internal sealed partial class Outbox(Lock gate, ClientOptions options, TimeProvider time, ClientMetrics metrics)
{
    private const int MostIdentifiers = ushort.MaxValue - 1;
    private const int FewForgotten = 64;

    private readonly OutboundWindow _window = new();
    private readonly OutgoingPool _pool = new();

    // What was sent on an earlier connection and is to be sent again, before anything new.
    private readonly Queue<Outgoing> _again = new();
    private readonly Queue<Outgoing> _waiting = new();
    private Link? _link;
    private int _counted;
    private int _forgotten;

    // Why nothing is accepted: not connected yet, given up, disconnected.
    private ClientException? _closed = new NotYetConnected();

    public OutboundWindow Window => _window;

    /// <summary>Messages whose QoS flow has not ended.</summary>
    public int InFlight
    {
        get
        {
            lock (gate) return _window.Count;
        }
    }

    /// <summary>Messages that have not been sent yet.</summary>
    public int Waiting
    {
        get
        {
            lock (gate) return _waiting.Count;
        }
    }

    /// <summary>Publishes with nothing but topic and payload at QoS 0, without an object, if that is possible right now.</summary>
    /// <exception cref="ClientException">The broker does not take it.</exception>
    public bool TrySendNow(TopicEntry topic, ReadOnlySpan<byte> payload, bool retain, ReadOnlySpan<byte> properties)
    {
        lock (gate)
        {
            if (_link is not { IsFull: false } link || _waiting.Count > 0 || _again.Count > 0)
                return false;
            PublishEncoder.Write(link, topic, payload, QoS.AtMostOnce, retain, dup: false, packetId: 0, properties);
            metrics.Sent(QoS.AtMostOnce);
            return true;
        }
    }

    /// <summary>A message to be filled in and handed to <see cref="Send"/>.</summary>
    /// <param name="pooled">Its result will be read exactly once, and only by who awaits it.</param>
    public Outgoing Rent(bool pooled) => pooled ? _pool.Rent() : new(pool: null);

    /// <summary>Sends it now, or when there is a connection and room.</summary>
    /// <exception cref="ClientException">There is no connection and will be none, or the options say not to wait for one.</exception>
    public ValueTask<PublishResult> Send(Outgoing message)
    {
        lock (gate)
        {
            if (_link is { } link)
            {
                if (_waiting.Count == 0 && _again.Count == 0 && CanSend(message, link))
                    Transmit(message, link);
                else
                    _waiting.Enqueue(message);
            }
            else
            {
                if (_closed is { } reason && !(reason is NotYetConnected && options.WhenDisconnected == DisconnectedBehavior.Queue))
                    throw new ClientException(reason.Message, reason.InnerException);
                if (options.WhenDisconnected == DisconnectedBehavior.Fail)
                    throw new ClientException("The client is not connected; it is connecting again.");
                if (options.WhenDisconnected == DisconnectedBehavior.Queue)
                    return new(Queue(message));
                _waiting.Enqueue(message);
            }

            return message.Task;
        }
    }

    /// <summary>Whoever waits for it does so no longer. One that was not sent never will be.</summary>
    public void Abandon(Outgoing message)
    {
        lock (gate)
        {
            if (message.Stage == Stage.Waiting && !message.IsOrphan)
                Forget(message);
            else if (message.Stage != Stage.Ended && !message.IsOrphan)
                message.Keep();
        }
    }

    /// <summary>Sends what needs an identifier and an answer.</summary>
    /// <returns>False if that connection is gone.</returns>
    public bool TryRequest(Request request, Link link, Func<ushort, Protocol.Packets.MqttPacket> packet)
    {
        lock (gate)
        {
            if (!ReferenceEquals(_link, link))
                return false;
            if (_window.Count >= MostIdentifiers)
                throw new ClientException("All packet identifiers are in use.");
            _window.Add(request);
            try
            {
                link.Append(packet(request.PacketId));
                return true;
            }
            catch
            {
                _window.Remove(request);
                throw;
            }
        }
    }

    /// <summary>Sends what waits, as far as there is room. Called when there may be more of it.</summary>
    public void Drain()
    {
        if (_link is not { } link)
            return;
        while (_again.TryPeek(out var message) && CanSend(message, link))
        {
            _again.Dequeue();
            if (message.Stage != Stage.Ended)
                TransmitAgain(message, link);
        }

        while (_again.Count == 0 && _waiting.TryPeek(out var message))
        {
            if (message.Stage != Stage.Ended && !CanSend(message, link))
                return;
            _waiting.Dequeue();
            Unqueue(message);
            if (message.Stage == Stage.Ended)
            {
                _forgotten--;
                continue;
            }

            if (message.ExpiresAt <= time.GetTimestamp())
                Expire(message);
            else
                Transmit(message, link);
        }
    }

    /// <summary>The flow of a message has ended.</summary>
    public void End(Outgoing message)
    {
        _window.Remove(message);
        if (message.IsCounted)
            _counted--;
        message.Complete();
        Drain();
    }

    // A client that is offline for long, with publishes that time out, must not collect them.
    private void Forget(Outgoing message)
    {
        message.Forget();
        if (++_forgotten < FewForgotten || _forgotten < _waiting.Count / 2)
            return;
        var rest = Array.FindAll(_waiting.ToArray(), waiting => waiting.Stage != Stage.Ended);
        _waiting.Clear();
        _forgotten = 0;
        foreach (var waiting in rest)
            _waiting.Enqueue(waiting);
    }

    private bool CanSend(Outgoing message, Link link) =>
        !link.IsFull && (message.QoS == QoS.AtMostOnce || message.PacketId != 0 && _counted < link.Limits.SendQuota || _counted < link.Limits.SendQuota && _window.Count < MostIdentifiers);

    private void Transmit(Outgoing message, Link link)
    {
        var needsAnswer = message.QoS != QoS.AtMostOnce;
        if (needsAnswer)
            _window.Add(message);
        try
        {
            PublishEncoder.Write(link, message.Topic, message.Payload.Span, message.QoS, message.Retain, dup: false, message.PacketId, message.RawProperties.Span);
        }
        catch (ClientException error)
        {
            if (needsAnswer)
                _window.Remove(message);
            message.Fail(error);
            return;
        }

        metrics.Sent(message.QoS);
        if (!needsAnswer)
        {
            message.Complete();
            return;
        }

        message.Stage = Stage.Sent;
        message.IsCounted = true;
        _counted++;
    }

    private void TransmitAgain(Outgoing message, Link link)
    {
        try
        {
            PublishEncoder.Write(link, message.Topic, message.Payload.Span, message.QoS, message.Retain, dup: true, message.PacketId, message.RawProperties.Span); // [MQTT-3.3.1-1]
            message.IsCounted = true;
            _counted++;
        }
        catch (ClientException error)
        {
            // Another broker, or another configuration of it, that takes less than the one before.
            _window.Remove(message);
            message.Fail(error);
        }
    }
}

/// <summary>The reason why nothing can be done before the first connect.</summary>
internal sealed class NotYetConnected() : ClientException("The client is not connected: call ConnectAsync first.");
