using System.Text;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Broker.Hooks;

/// <summary>
/// The messages that plugins of one loop are working on, as objects that are used again: a hook that answers at once costs no allocation. On the loop only.
/// </summary>
internal sealed class DraftPool(LoopClock clock)
{
    private const int Most = 64;

    private readonly Stack<MessageDraft> _messages = new();
    private MessageDraft? _next; // mostly the only one: messages are worked on one after the other
    private readonly Stack<AcknowledgeDraft> _acknowledgements = new();

    /// <summary>A draft of a message whose bytes are borrowed.</summary>
    public MessageDraft Begin(ref Publication publication, ITopicText topic, MessageHook hook, ISession? session, MessageOrigin origin)
    {
        MessageDraft draft = RentMessage();
        var facts = new MessageFacts(
            hook, session, publication.PublisherClientId, origin, publication.QoS, publication.Retain, SecondsLeft(publication.ExpiresAt));
        if (publication.Kept is null && publication.Properties.Length + publication.Payload.Length <= MessageDraft.LargestCopy)
        {
            draft.Begin(facts, topic, publication.Properties, publication.Payload);
            return draft;
        }

        Message kept = publication.AtRest();
        draft.Begin(facts, topic, kept.Buffer, kept.PropertiesStart, kept.PayloadStart);
        return draft;
    }

    /// <summary>A draft of a message for one receiver, who gets it with a QoS and a RETAIN flag of its own.</summary>
    public MessageDraft BeginDelivery(Message message, ISession receiver, QoS qos, bool retain)
    {
        MessageDraft draft = RentMessage();
        var facts = new MessageFacts(
            MessageHook.Deliver, receiver, message.PublisherClientId, MessageOrigin.Client, qos, retain, SecondsLeft(message.ExpiresAt));
        draft.Begin(facts, message, message.Buffer, message.PropertiesStart, message.PayloadStart);
        return draft;
    }

    /// <summary>An empty draft of an acknowledgement.</summary>
    public AcknowledgeDraft RentAcknowledgement() => _acknowledgements.TryPop(out AcknowledgeDraft? draft) ? draft : new AcknowledgeDraft();

    /// <summary>Nobody works on it any more.</summary>
    public void Return(MessageDraft draft)
    {
        draft.Clear();
        if (_next is null) _next = draft;
        else if (_messages.Count < Most) _messages.Push(draft);
    }

    /// <inheritdoc cref="Return(MessageDraft)"/>
    public void Return(AcknowledgeDraft draft)
    {
        draft.Begin(session: null, default, packetId: 0, default, text: null);
        if (_acknowledgements.Count < Most) _acknowledgements.Push(draft);
    }

    /// <summary>The message as plugins left it for one receiver.</summary>
    public Message ChangedDelivery(MessageDraft draft, Message original)
    {
        var publication = new Publication(original);
        return Changed(draft, ref publication, changedFrom: original);
    }

    /// <summary>The message as plugins left it. Only what they changed is encoded; the rest is copied.</summary>
    public Message Changed(MessageDraft draft, ref Publication original, Message? changedFrom = null)
    {
        ref readonly MessageEdits edits = ref draft.Edits;
        ReadOnlySpan<byte> topic = edits.Topic is { } text ? Encoding.UTF8.GetBytes(text) : original.Topic;
        ReadOnlySpan<byte> properties = edits.Properties is { } changed ? ForwardedProperties.Encode(changed) : original.Properties;
        long expiresAt = edits.Properties is { } set && set.MessageExpiryInterval != draft.Facts.MessageExpiryInterval
            ? set.MessageExpiryInterval is { } seconds ? clock.Now + (seconds * 1000L) : long.MaxValue
            : original.ExpiresAt;
        return new Message(topic, properties, draft.Payload, draft.QoS, draft.Retain, expiresAt, original.PublisherClientId, original.Origin) { ChangedFrom = changedFrom };
    }

    private MessageDraft RentMessage()
    {
        if (_next is not { } next) return _messages.TryPop(out MessageDraft? draft) ? draft : new MessageDraft();
        _next = null;
        return next;
    }

    private uint SecondsLeft(long expiresAt) => expiresAt == long.MaxValue ? 0 : (uint)Math.Max(1, (expiresAt - clock.Now + 999) / 1000);
}
