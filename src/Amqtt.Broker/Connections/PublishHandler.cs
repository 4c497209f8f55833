using System.Text.Unicode;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Hooks;
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

    private readonly Acknowledgements _answers = new(connection);
    private TopicAliases? _aliases;
    private byte[] _prefixed = []; // the last topic with what is in front of it
    private Match? _last;
    private int _receiveMaximum = ushort.MaxValue;
    private int _receiveQuota = ushort.MaxValue;
    private int _deliveries;
    private int _crossed; // messages to other loops, and their bytes, since the publisher last waited for them
    private int _crossedBytes;
    private HeldAnswers? _held; // null: the client has never been too slow for its own messages
    private PublishBudget? _budget; // null: publishes as fast as it can

    private Session Session => connection.Session!;

    private Shard Shard => connection.Shard;

    /// <summary>What CONNACK announced.</summary>
    public void Configure(int receiveMaximum, int topicAliasMaximum)
    {
        _receiveMaximum = _receiveQuota = receiveMaximum;
        _budget = PublishBudget.For(connection);
        if (topicAliasMaximum > 0) _aliases = new TopicAliases(topicAliasMaximum, connection.Limits.TopicAliasBytes);
    }

    /// <summary>Whether others have their turn first: this round's deliveries are used up, or another loop cannot keep up.</summary>
    public bool MustGiveWay()
    {
        if (_budget is not null && _budget.HoldIfSpent()) return true;
        if (_deliveries >= connection.Limits.MaxRoundDeliveries)
        {
            connection.Channel.Yield();
            return true;
        }

        return Shard.Router.HoldUpIfCongested(connection.Channel)
            || (_last is not null && Shard.Router.HoldUpIfFasterThanReceivers(connection.Channel, _last, ref _crossed, ref _crossedBytes, Session.Outbox.IsCongested));
    }

    /// <summary>The connection has ended.</summary>
    public void End() => _budget?.End();

    /// <summary>The bytes of one read have been worked off.</summary>
    public void EndOfRead() => _deliveries = 0;

    /// <summary>PUBLISH.</summary>
    public void OnPublish(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        Shard.Counters.PublishReceived++;
        _budget?.Spend(header.TotalLength);
        var frame = new PublishFrame(connection.Version, header.FirstByte, body);
        ReadOnlySpan<byte> topic = frame.Topic;
        if (!frame.Properties.IsEmpty) CheckProperties(frame.Properties, ref topic);
        if (frame.QoS != QoS.AtMostOnce && IsRepeated(frame)) return;
        CheckAvailable(frame);
        if (connection.Prefix is { } prefix) topic = prefix.Add(topic, ref _prefixed);
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
        if (match.CrossesFrom(Shard.Loop.Index))
        {
            _crossed++;
            _crossedBytes += body.Length;
        }

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

        Complete(_answers.SendAsync(PacketType.PubComp, packetId, known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound));
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
        BrokerEvents events = Shard.Events;
        if (events.ObservesMessages) events.MessageReceived(Session.ClientId, publication.AtRest(), Session);
        HookTable hooks = connection.Broker.Hooks;
        if (hooks.LeavesPublishAlone)
        {
            Complete(PublishAllowed(ref publication, frame.QoS, frame.PacketId, match));
            return;
        }

        ulong scope = match.ScopeIn(hooks.Scopes) & Session.ScopeIn(hooks.Scopes);
        ValueTask<Screened> pending = Shard.Inbound.ScreenAsync(ref publication, match, scope, Session, MessageOrigin.Client);
        Complete(pending.IsCompletedSuccessfully
            ? Conclude(pending.GetAwaiter().GetResult(), ref publication, frame.PacketId, match)
            : ConcludeLaterAsync(pending, publication.AtRest(), frame.PacketId, match));
    }

    /// <summary>What is not done yet waits for a plugin, and the client with it.</summary>
    private void Complete(ValueTask work)
    {
        if (work.IsCompletedSuccessfully) work.GetAwaiter().GetResult();
        else connection.Perform(work.AsTask());
    }

    private async ValueTask ConcludeLaterAsync(ValueTask<Screened> pending, Message message, ushort packetId, Match match)
    {
        Screened screened = await pending.On(Shard.Loop);
        if (!connection.Broker.IsShuttingDown) await ConcludeKept(screened, message, packetId, match);
    }

    private ValueTask ConcludeKept(in Screened screened, Message message, ushort packetId, Match match)
    {
        var publication = new Publication(message);
        // Somebody may have subscribed while the plugin thought.
        return Conclude(screened, ref publication, packetId, Shard.Router.IsCurrent(match) ? match : Shard.Router.Find(message.Topic));
    }

    /// <summary>Does what plugins said. Even if the connection has ended meanwhile: the message had been sent by a client that was allowed to.</summary>
    private ValueTask Conclude(in Screened screened, ref Publication publication, ushort packetId, Match match)
    {
        if (screened.Outcome != DraftOutcome.Pass) return Stop(screened, ref publication, packetId);
        if (screened.Changed is not { } changed) return PublishAllowed(ref publication, publication.QoS, packetId, match);
        var effective = new Publication(changed);
        return PublishAllowed(ref effective, publication.QoS, packetId, Shard.Router.Find(changed.Topic));
    }

    /// <param name="publication">The message as it goes on.</param>
    /// <param name="qos">The QoS that the client sent it with and expects an answer for.</param>
    /// <param name="packetId">Its packet identifier.</param>
    /// <param name="match">Who receives it.</param>
    private ValueTask PublishAllowed(ref Publication publication, QoS qos, ushort packetId, Match match)
    {
        // A client's message below $ belongs to the broker and its plugins: acknowledged, never routed (P-C15).
        if (publication.Topic[0] == (byte)'$') return Answer(qos, packetId, PublishReserved(ref publication, match));
        bool stored = Shard.Publisher.Store(ref publication, ref match, Session);
        if (!stored) connection.Refusals.Count(Refusal.MaxRetained);
        if (qos == QoS.AtMostOnce || !match.Includes(Session)) return Answer(qos, packetId, Publisher.ReasonOf(stored, Shard.Publisher.Route(ref publication, match, Session)));

        // A client that receives its own message may wait for the answer before it looks for anything else.
        ValueTask answer = Answer(qos, packetId, Publisher.ReasonOf(stored, match.Count), receivesIt: true);
        Shard.Publisher.Route(ref publication, match, Session);
        return answer;
    }

    private ReasonCode PublishReserved(ref Publication publication, Match match)
    {
        int receivers = Shard.Router.RouteReserved(ref publication, match);
        BrokerEvents events = Shard.Events;
        if (receivers == 0 && events.ObservesStages) events.Stage(MessageStage.NoSubscriber, publication.AtRest(), receiver: null, session: Session);
        return receivers == 0 ? ReasonCode.NoMatchingSubscribers : ReasonCode.Success;
    }

    private ValueTask Answer(QoS qos, ushort packetId, ReasonCode reason, string? text = null, bool receivesIt = false)
    {
        if (qos == QoS.AtMostOnce) return ValueTask.CompletedTask;
        if (qos == QoS.ExactlyOnce && !reason.IsError() && Session.Unreleased.Add(packetId))
        {
            Session.CountInflightIn(1);
            _receiveQuota--;
        }

        PacketType type = AnswerTo(qos);
        bool hasToCatchUp = Session.Outbox.IsCongested && (receivesIt || Shard.Router.Congestion.IsReported);
        if (_held is not { Count: > 0 } && !hasToCatchUp) return _answers.SendAsync(type, packetId, reason, text);
        (_held ??= new HeldAnswers(connection, _answers)).Add(type, packetId, reason, text);
        return ValueTask.CompletedTask;
    }

    /// <summary>The message ends here. Its sender is told as well as its version and QoS allow.</summary>
    private ValueTask Stop(in Screened screened, ref Publication publication, ushort packetId)
    {
        BrokerEvents events = Shard.Events;
        Shard.Counters.PublishDenied++;
        if (events.ObservesStages) events.Stage(MessageStage.Dropped, publication.AtRest(), receiver: null, InboundMessages.DropReasonOf(screened.Outcome), Session);
        if (screened.Outcome == DraftOutcome.Fault) connection.Refusals.Count(Refusal.PluginFault);
        if (screened.Outcome == DraftOutcome.Refuse)
        {
            connection.Refusals.Count(Refusal.PublishDenied);
            connection.Broker.Security.Denied(Session.ClientId, connection.Channel.Peer, screened.DeniedBy, TopicAction.Publish, publication.Topic, screened.Text);
        }

        switch (screened.Outcome)
        {
            case DraftOutcome.Disconnect:
                connection.Fail(screened.Reason, screened.Text, DisconnectCause.Administrative, by: screened.DeniedBy);
                return ValueTask.CompletedTask;
            case DraftOutcome.Fault when connection.Version != ProtocolVersion.V5 && publication.QoS != QoS.AtMostOnce:
                // A fault is not the client's doing and 3.1.1 cannot say so: without an acknowledgement it will try again.
                connection.Fail(ReasonCode.ImplementationSpecificError, text: null, DisconnectCause.PluginFault, by: screened.DeniedBy);
                return ValueTask.CompletedTask;
            default:
                // To an older client everything is a success [v4:3.3.5-2].
                ReasonCode reason = connection.Version != ProtocolVersion.V5 ? ReasonCode.Success
                    : screened.Reason.IsAllowedIn(PacketType.PubAck) ? screened.Reason : ReasonCode.NotAuthorized; // [MQTT-3.4.2-1]: a decision may have any error
                return Answer(publication.QoS, packetId, reason, screened.Text);
        }
    }

    /// <summary>
    /// QoS 2 again before PUBREL is answered and not passed on twice; more than the announced number in flight on this connection ends it. QoS 1 counts only while
    /// it is at work here: the next packet is not looked at before it is answered, or its answer is held back.
    /// </summary>
    private bool IsRepeated(in PublishFrame frame)
    {
        if (frame.QoS == QoS.ExactlyOnce && Session.Unreleased.Contains(frame.PacketId))
        {
            AnswerPastPlugins(frame, ReasonCode.Success);
            return true;
        }

        // [MQTT-3.3.4-7]; 3.1.1 knows no such number, and its identifiers that await PUBREL are bounded by their 16 bits.
        if (connection.Version == ProtocolVersion.V5 && _receiveQuota - (_held?.PubAcks ?? 0) <= 0)
            throw new CodecException(ReasonCode.ReceiveMaximumExceeded, $"more QoS 1 and 2 messages in flight than the Receive Maximum of {_receiveMaximum}");
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
                $"PUBLISH has too many or too large user properties: {properties.UserPropertyCount} of at most {connection.Limits.MaxUserProperties}, "
                + $"in bytes {properties.UserPropertyBytes} of at most {connection.Limits.MaxUserPropertyBytes}");
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

        connection.Refusals.Count(Refusal.MaxTopicLength);
        Refuse(frame, ReasonCode.TopicNameInvalid);
    }

    private void Refuse(in PublishFrame frame, ReasonCode reason)
    {
        Shard.Counters.PublishDenied++;
        if (frame.QoS != QoS.AtMostOnce) AnswerPastPlugins(frame, reason);
    }

    /// <summary>Nobody is asked about the message, but its answer does not come before those of earlier ones.</summary>
    private void AnswerPastPlugins(in PublishFrame frame, ReasonCode reason)
    {
        if (_held is { Count: > 0 }) _held.Add(AnswerTo(frame.QoS), frame.PacketId, reason, text: null);
        else connection.Acknowledge(AnswerTo(frame.QoS), frame.PacketId, reason);
    }

    private static PacketType AnswerTo(QoS qos) => qos == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec;
}
