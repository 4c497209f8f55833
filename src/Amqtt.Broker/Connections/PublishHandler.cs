using System.Text.Unicode;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <summary>
/// The way in of a PUBLISH: alias, limits, flow control, received event, topic filter, then the <see cref="Publisher"/>, then the acknowledgement.
/// Without plugins for messages nothing is allocated and nothing waits. On the connection's loop.
/// </summary>
internal sealed class PublishHandler(Connection connection)
{
    private const int MaxForwardedProperties = 1024; // on the stack; larger ones take an array

    private TopicAliases? _aliases;
    private Match? _last;
    private int _receiveMaximum = ushort.MaxValue;
    private int _receiveQuota = ushort.MaxValue;
    private int _deliveries;

    private Session Session => connection.Session!;

    private Shard Shard => connection.Shard;

    /// <summary>What CONNACK announced.</summary>
    public void Configure(int receiveMaximum, int topicAliasMaximum)
    {
        _receiveMaximum = _receiveQuota = receiveMaximum;
        if (topicAliasMaximum > 0) _aliases = new TopicAliases(topicAliasMaximum, connection.Limits.TopicAliasBytes);
    }

    /// <summary>Whether others have their turn first: this round's deliveries are used up, or another loop cannot keep up.</summary>
    public bool MustGiveWay()
    {
        if (_deliveries >= connection.Limits.MaxRoundDeliveries)
        {
            connection.Channel.Yield();
            return true;
        }

        return Shard.Router.HoldUpIfCongested(connection.Channel);
    }

    /// <summary>The bytes of one read have been worked off.</summary>
    public void EndOfRead() => _deliveries = 0;

    /// <summary>PUBLISH.</summary>
    public void OnPublish(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        Shard.Counters.PublishReceived++;
        PublishFrame frame = PublishFrame.Parse(connection.Version, header.FirstByte, body);
        ReadOnlySpan<byte> topic = frame.Topic;
        if (!frame.Properties.IsEmpty) CheckProperties(frame.Properties, ref topic);
        if (frame.QoS != QoS.AtMostOnce && IsRepeated(frame)) return;
        CheckAvailable(frame);
        if (frame.Properties.PayloadFormatIndicator == 1 && connection.Broker.Options.ValidatePayloadFormat && !Utf8.IsValid(frame.Payload))
        {
            Refuse(frame, ReasonCode.PayloadFormatInvalid);
            return;
        }

        Match match;
        if (_last is not null && topic.SequenceEqual(_last.TopicUtf8))
        {
            match = Shard.Router.IsCurrent(_last) ? _last : Shard.Router.Find(topic);
        }
        else
        {
            if (!IsWithinLimits(topic))
            {
                RefuseTopic(frame);
                return;
            }

            match = Shard.Router.Find(topic);
        }

        _last = match;
        _deliveries += match.Count;
        if (frame.Properties.ForwardLength == frame.Properties.Raw.Length) Publish(frame, topic, frame.Properties.Raw, match);
        else PublishStripped(frame, topic, match);
    }

    /// <summary>PUBREL: the message has been passed on already, the identifier is free again [MQTT-4.3.3-11].</summary>
    public void OnPubRel(ushort packetId)
    {
        bool known = Session.Unreleased.Remove(packetId);
        if (known)
        {
            Session.CountInflightIn(-1);
            _receiveQuota = Math.Min(_receiveQuota + 1, _receiveMaximum);
        }

        connection.Acknowledge(PacketType.PubComp, packetId, known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound);
    }

    /// <summary>Alias and expiry are this hop's own and do not travel on.</summary>
    private void PublishStripped(in PublishFrame frame, ReadOnlySpan<byte> topic, Match match)
    {
        int length = frame.Properties.ForwardLength;
        Span<byte> forwarded = length <= MaxForwardedProperties ? stackalloc byte[MaxForwardedProperties] : new byte[length];
        frame.Properties.CopyForwardTo(forwarded);
        Publish(frame, topic, forwarded[..length], match);
    }

    private void Publish(in PublishFrame frame, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> properties, Match match)
    {
        long expiresAt = frame.Properties.MessageExpiryInterval is { } seconds ? Shard.Loop.Now + (seconds * 1000L) : long.MaxValue;
        var publication = new Publication(topic, properties, frame.Payload, frame.QoS, frame.Retain, expiresAt, Session.ClientId);
        BrokerState broker = connection.Broker;
        if (broker.Events.ObservesMessages) broker.Events.MessageReceived(Session.ClientId, publication.AtRest());
        if (!broker.Topics.IsEmpty)
        {
            ValueTask<Verdict> pending = broker.Topics.FilterAsync(TopicAction.Publish, Session, match.Topic, frame.QoS, frame.Retain);
            if (!pending.IsCompleted)
            {
                connection.Perform(AwaitVerdictAsync(pending, publication.AtRest(), frame.PacketId, match));
                return;
            }

            Verdict verdict = pending.GetAwaiter().GetResult();
            if (!verdict.IsAllowed)
            {
                Deny(verdict, frame.QoS, frame.PacketId, publication.AtRest());
                return;
            }
        }

        PublishAllowed(ref publication, frame.PacketId, match);
    }

    private async Task AwaitVerdictAsync(ValueTask<Verdict> pending, Message message, ushort packetId, Match match)
    {
        Verdict verdict = await pending.On(Shard.Loop);
        if (connection.HasEnded) return;
        if (verdict.IsAllowed) PublishKept(message, packetId, match);
        else Deny(verdict, message.QoS, packetId, message);
    }

    private void PublishKept(Message message, ushort packetId, Match match)
    {
        var publication = new Publication(message);
        // Somebody may have subscribed while the plugin thought.
        PublishAllowed(ref publication, packetId, Shard.Router.IsCurrent(match) ? match : Shard.Router.Find(message.Topic));
    }

    private void PublishAllowed(ref Publication publication, ushort packetId, Match match)
    {
        // A client's message below $ belongs to the broker and its plugins: acknowledged, never routed (P-C15).
        bool reserved = publication.Topic[0] == (byte)'$';
        if (reserved) Shard.Router.RouteReserved(ref publication, match);
        bool stored = reserved || Shard.Publisher.Publish(ref publication, match);
        if (publication.QoS == QoS.AtMostOnce) return;
        ReasonCode reason = !stored ? ReasonCode.QuotaExceeded : match.Count == 0 ? ReasonCode.NoMatchingSubscribers : ReasonCode.Success;
        Answer(publication.QoS, packetId, reason);
    }

    private void Answer(QoS qos, ushort packetId, ReasonCode reason)
    {
        if (qos == QoS.ExactlyOnce && !reason.IsError() && Session.Unreleased.Add(packetId))
        {
            Session.CountInflightIn(1);
            _receiveQuota--;
        }

        connection.Acknowledge(qos == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, packetId, reason);
    }

    private void Deny(Verdict verdict, QoS qos, ushort packetId, Message message)
    {
        Shard.Counters.PublishDenied++;
        connection.Broker.Events.Stage(
            MessageStage.Dropped, message, receiver: null, verdict.IsFault ? DropReason.PluginFault : DropReason.NotAuthorized);
        if (qos == QoS.AtMostOnce) return;
        if (connection.Version == ProtocolVersion.V5)
        {
            ReasonCode reason = verdict.IsFault ? ReasonCode.ImplementationSpecificError : verdict.Reason ?? ReasonCode.NotAuthorized;
            if (!reason.IsAllowedIn(PacketType.PubAck)) reason = ReasonCode.NotAuthorized; // [MQTT-3.4.2-1]: a plugin may choose any error
            connection.Acknowledge(qos == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, packetId, reason);
        }
        else if (verdict.IsFault)
        {
            // A fault is not the client's doing and 3.1.1 cannot say so: without an acknowledgement it will try again.
            connection.Fail(ReasonCode.ImplementationSpecificError, text: null, DisconnectCause.PluginFault);
        }
        else
        {
            Answer(qos, packetId, ReasonCode.Success); // [v4:3.3.5-2]
        }
    }

    /// <summary>
    /// QoS 2 again before PUBREL is answered and not passed on twice; more than the announced number in flight on this connection ends it. QoS 1 counts only while
    /// it is at work here: the next packet is not looked at before it is answered.
    /// </summary>
    private bool IsRepeated(in PublishFrame frame)
    {
        if (frame.QoS == QoS.ExactlyOnce && Session.Unreleased.Contains(frame.PacketId))
        {
            connection.Acknowledge(PacketType.PubRec, frame.PacketId);
            return true;
        }

        // [MQTT-3.3.4-7]; 3.1.1 knows no such number, and its identifiers that await PUBREL are bounded by their 16 bits.
        if (connection.Version == ProtocolVersion.V5 && _receiveQuota <= 0)
            throw new CodecException(ReasonCode.ReceiveMaximumExceeded, $"more than {_receiveMaximum} QoS 1 and 2 messages in flight");
        return false;
    }

    private void CheckAvailable(in PublishFrame frame)
    {
        if ((int)frame.QoS > connection.Limits.MaxQos)
            throw new CodecException(ReasonCode.QoSNotSupported, $"PUBLISH with QoS {(int)frame.QoS}; the broker announced at most {connection.Limits.MaxQos}"); // [MQTT-3.2.2-11]
        if (frame.Retain && !connection.Limits.RetainAvailable)
            throw new CodecException(ReasonCode.RetainNotSupported, "PUBLISH with RETAIN; the broker announced that it retains nothing"); // [MQTT-3.2.2-14]
    }

    private void CheckProperties(in PublishProperties properties, ref ReadOnlySpan<byte> topic)
    {
        if (properties.UserPropertyCount > connection.Limits.MaxUserProperties || properties.UserPropertyBytes > connection.Limits.MaxUserPropertyBytes)
        {
            throw new CodecException(
                ReasonCode.PacketTooLarge,
                $"PUBLISH has {properties.UserPropertyCount} user properties with {properties.UserPropertyBytes} bytes; "
                + $"at most {connection.Limits.MaxUserProperties} with {connection.Limits.MaxUserPropertyBytes} bytes are taken");
        }

        if (properties.TopicAlias is not { } alias) return;
        if (_aliases is null) throw TopicAliases.Invalid(alias, 0);
        topic = _aliases.Resolve(alias, topic);
    }

    private bool IsWithinLimits(ReadOnlySpan<byte> topic) =>
        topic.Length <= connection.Limits.MaxTopicLength
        && (connection.Limits.MaxTopicLevels >= topic.Length || topic.Count((byte)'/') < connection.Limits.MaxTopicLevels);

    private void RefuseTopic(in PublishFrame frame)
    {
        if (connection.Version != ProtocolVersion.V5)
        {
            Shard.Counters.PublishDenied++;
            throw new CodecException(
                ReasonCode.TopicNameInvalid,
                $"topic of {frame.Topic.Length} bytes; at most {connection.Limits.MaxTopicLength} bytes in {connection.Limits.MaxTopicLevels} levels are taken");
        }

        Refuse(frame, ReasonCode.TopicNameInvalid);
    }

    private void Refuse(in PublishFrame frame, ReasonCode reason)
    {
        Shard.Counters.PublishDenied++;
        if (frame.QoS != QoS.AtMostOnce)
            connection.Acknowledge(frame.QoS == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, frame.PacketId, reason);
    }
}
