using Amqtt.Client.Connections;
using Amqtt.Protocol;

namespace Amqtt.Client.Subscribing;

/// <summary>
/// Messages of QoS 1 and 2 that arrived and are not done with: which identifiers of QoS 2 were seen, and in which order acknowledgements go out. The client's
/// gate guards it.
/// </summary>
internal sealed class InboundWindow(Lock gate)
{
    // In order of arrival [MQTT-4.6.0-2, MQTT-4.6.0-3].
    private readonly Queue<Delivery> _pubAcks = new();
    private readonly Queue<Delivery> _pubRecs = new();

    // QoS 2: seen and not released. Null: PUBREC was sent.
    private readonly Dictionary<ushort, Delivery?> _seen = [];
    private Link? _link;
    private int _unacknowledged;

    /// <summary>Messages that arrived and whose flow has not ended.</summary>
    public int Count => _unacknowledged + _seen.Count;

    /// <summary>A new connection: with a session, QoS 2 goes on where it was; QoS 1 is sent again by the broker.</summary>
    public void Attach(Link link, bool sessionPresent)
    {
        _link = link;
        _unacknowledged = 0;
        _pubAcks.Clear();
        _pubRecs.Clear();
        if (sessionPresent)
            return;
        _seen.Clear();
    }

    public void Detach(Link link)
    {
        if (ReferenceEquals(_link, link))
            _link = null;
    }

    /// <summary>Takes note of a message that arrived.</summary>
    /// <returns>What is to be acknowledged; null if it was seen already and must not be delivered again.</returns>
    /// <exception cref="CodecException">The broker has more under way than there are identifiers [MQTT-3.3.4-9].</exception>
    public Delivery? Arrived(Link link, ushort packetId, QoS qos)
    {
        if (qos == QoS.ExactlyOnce && _seen.TryGetValue(packetId, out var known))
        {
            Repeat(link, packetId, known);
            return null;
        }

        // Not at the Receive Maximum: mosquitto 2.0 miscounts QoS 2 under load and passes it by thousands after a socket was full. To end its connections would lose messages.
        if (Count >= ushort.MaxValue && link.Limits.Version == ProtocolVersion.V5)
            throw new CodecException(ReasonCode.ReceiveMaximumExceeded, $"the broker sent more than {ushort.MaxValue} messages that are not acknowledged.");
        var delivery = new Delivery(this, link.Epoch, packetId, qos);
        if (qos == QoS.ExactlyOnce)
        {
            _seen.Add(packetId, delivery);
            _pubRecs.Enqueue(delivery);
        }
        else
        {
            _unacknowledged++;
            _pubAcks.Enqueue(delivery);
        }

        return delivery;
    }

    /// <summary>PUBREL came.</summary>
    public void Released(Link link, ushort packetId)
    {
        var known = _seen.Remove(packetId);
        link.AppendAck(PacketType.PubComp, packetId, known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound);
    }

    /// <summary>The program is done with a message. From any thread.</summary>
    public void Done(Delivery delivery, bool succeeded)
    {
        lock (gate)
        {
            if (succeeded)
            {
                delivery.IsReady = true;
            }
            else
            {
                delivery.IsSkipped = true;
                // Not processed: when the broker sends it again, it is delivered again.
                if (delivery.QoS == QoS.ExactlyOnce && _seen.GetValueOrDefault(delivery.PacketId) == delivery)
                    _seen.Remove(delivery.PacketId);
            }

            if (_link is { } link)
                Flush(link);
        }
    }

    private void Repeat(Link link, ushort packetId, Delivery? known)
    {
        if (known is null)
        {
            link.AppendAck(PacketType.PubRec, packetId);
        }
        else if (known.Epoch != link.Epoch)
        {
            // The program has it since an earlier connection; the acknowledgement goes out through this one.
            known.Epoch = link.Epoch;
            _pubRecs.Enqueue(known);
            Flush(link);
        }
    }

    private void Flush(Link link)
    {
        while (_pubAcks.TryPeek(out var first) && (first.IsReady || first.IsSkipped))
        {
            _pubAcks.Dequeue();
            if (!first.IsReady)
                continue;
            _unacknowledged--;
            link.AppendAck(PacketType.PubAck, first.PacketId);
        }

        while (_pubRecs.TryPeek(out var first) && (first.IsReady || first.IsSkipped))
        {
            _pubRecs.Dequeue();
            if (!first.IsReady || !_seen.TryGetValue(first.PacketId, out var seen) || seen != first)
                continue;
            _seen[first.PacketId] = null;
            link.AppendAck(PacketType.PubRec, first.PacketId);
        }
    }
}
