using Amqtt.Broker.Hooks;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Sessions;

/// <summary>Where a message on its way past the plugins came from, which says where it goes on.</summary>
internal enum OfferOrigin
{
    /// <summary>It has just been published.</summary>
    Live,

    /// <summary>It has waited; transforms had their turn before.</summary>
    Queue,

    /// <summary>It is retained, and wanted by a new subscription.</summary>
    Retained,
}

/// <summary>A message for the session, before plugins are asked about it.</summary>
/// <param name="Message">The message.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Others">Who else may be offered a message of a shared subscription, if one could not take it already.</param>
internal readonly record struct Offer(QueuedMessage Message, OfferOrigin Origin, OtherMembers? Others = null);

/// <summary>
/// The plugins on the way to one session's client: the filter for its topic, the transforms, and the filter again if they changed the topic. What waits for them holds back what comes
/// after it, in order, and nobody else's messages. On the session's loop.
/// </summary>
/// <param name="session">The receiver.</param>
/// <param name="passed">Takes what may go on.</param>
/// <param name="goOn">Called when nothing waits any more.</param>
internal sealed class DeliveryScreen(Session session, Action<Offer> passed, Action goOn)
{
    private readonly Losses _losses = new(session);
    private Queue<Offer>? _waiting;
    private long _waitingBytes;

    /// <summary>Whether a plugin is being waited for: what comes now has to get in line.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Messages in line.</summary>
    public int Count => _waiting?.Count ?? 0;

    /// <summary>What is in line.</summary>
    public IEnumerable<QueuedMessage> Waiting => _waiting?.Select(static offer => offer.Message) ?? [];

    private Shard Shard => session.Shard;

    /// <summary>Whether nobody has to be asked about a message and nothing is in line: it can go on as it is.</summary>
    public bool LeavesAlone(ref Publication publication)
    {
        if (IsBusy) return false;
        HookTable hooks = Shard.Broker.Hooks;
        if (hooks.LeavesDeliveryAlone) return true;
        ulong scope = publication.ScopeIn(hooks.Scopes) & session.ScopeIn(hooks.Scopes);
        return !hooks.Topics.Applies(scope) && !hooks.OnDeliver.Applies(scope);
    }

    /// <summary>Asks about a message, now or when its turn comes. False if there is no room to wait for that.</summary>
    public bool TryAsk(in Offer offer)
    {
        if (!IsBusy)
        {
            Begin(offer);
            return true;
        }

        Message message = offer.Message.Message!;
        _waiting ??= new Queue<Offer>();
        if (_waiting.Count >= session.Limits.MaxQueuedMessages || _waitingBytes + message.Size > session.Limits.MaxQueuedBytes) return false;
        _waitingBytes += message.Size;
        _waiting.Enqueue(offer);
        return true;
    }

    /// <summary>The session ends: gives up what is in line.</summary>
    public IEnumerable<QueuedMessage> Discard()
    {
        IEnumerable<QueuedMessage> left = Waiting;
        _waiting = null;
        _waitingBytes = 0;
        return left;
    }

    private void Begin(in Offer offer)
    {
        ValueTask<Passage> pending = ScreenAsync(offer);
        if (pending.IsCompletedSuccessfully)
        {
            End(pending.GetAwaiter().GetResult());
            return;
        }

        IsBusy = true;
        Shard.Loop.Watch(EndLaterAsync(pending, offer));
    }

    private async Task EndLaterAsync(ValueTask<Passage> pending, Offer offer)
    {
        Passage passage;
        try
        {
            passage = await pending.On(Shard.Loop);
        }
        catch
        {
            // Whatever went wrong must not hold back everything after it.
            passage = new Passage(offer, DropReason.PluginFault);
        }

        IsBusy = false;
        End(passage);
        while (!IsBusy && _waiting is not null && _waiting.TryDequeue(out Offer next))
        {
            _waitingBytes -= next.Message.Message!.Size;
            Begin(next);
        }

        if (!IsBusy) goOn();
    }

    private void End(in Passage passage)
    {
        if (passage.Loss != DropReason.None) _losses.Dropped(passage.Offer.Message, passage.Loss);
        else passed(passage.Offer);
    }

    /// <summary>Completed at once, and without allocating anything, if nobody waits. What is after an <c>await</c> is on the loop.</summary>
    private async ValueTask<Passage> ScreenAsync(Offer offer)
    {
        HookTable hooks = Shard.Broker.Hooks;
        Message message = offer.Message.Message!;
        ulong scope = ScopeOf(hooks.Scopes, message);
        DropReason loss = await FilterAsync(hooks, offer.Message, scope).On(Shard.Loop);
        if (loss != DropReason.None || offer.Origin == OfferOrigin.Queue || message.Origin.SkipsTransforms() || !hooks.OnDeliver.Applies(scope))
            return new Passage(offer, loss);

        MessageDraft draft = Shard.Drafts.BeginDelivery(message, session, offer.Message.QoS, offer.Message.Retain);
        draft = await hooks.OnDeliver.RunAsync(draft, scope, message.Origin.NotAsked()).On(Shard.Loop);
        if (draft.Outcome != DraftOutcome.Pass)
        {
            Passage ended = new(offer, InboundMessages.DropReasonOf(draft.Outcome));
            if (draft.Outcome == DraftOutcome.Disconnect) session.Link?.Close(draft.Reason, draft.Text, DisconnectCause.Administrative, sendWill: true, by: DeniedBy.ThePlugin(draft.Plugin));
            Shard.Drafts.Return(draft);
            return ended;
        }

        if (!draft.Edits.Any)
        {
            Shard.Drafts.Return(draft);
            return new Passage(offer, DropReason.None);
        }

        bool isElsewhere = draft.Edits.Topic is not null;
        QueuedMessage changed = offer.Message with { Message = Shard.Drafts.ChangedDelivery(draft, message), QoS = draft.QoS, Retain = draft.Retain };
        Shard.Drafts.Return(draft);
        if (isElsewhere) loss = await FilterAsync(hooks, changed, ScopeOf(hooks.Scopes, changed.Message!)).On(Shard.Loop);
        return new Passage(offer with { Message = changed }, loss);
    }

    private ValueTask<DropReason> FilterAsync(HookTable hooks, in QueuedMessage message, ulong scope)
    {
        if (!hooks.Topics.Applies(scope) || message.Message!.Origin is { BypassesFilters: true }) return new ValueTask<DropReason>(DropReason.None);
        ValueTask<Verdict> verdict = hooks.Topics.FilterAsync(TopicAction.Receive, session, message.Message.TopicText, message.QoS, message.Retain, scope: scope, thread: Shard.Loop.ThreadId);
        return verdict.IsCompletedSuccessfully ? new ValueTask<DropReason>(LossOf(verdict.GetAwaiter().GetResult())) : FilterLaterAsync(verdict);
    }

    private static async ValueTask<DropReason> FilterLaterAsync(ValueTask<Verdict> verdict) => LossOf(await verdict);

    private static DropReason LossOf(Verdict verdict) => verdict.IsAllowed ? DropReason.None : verdict.IsFault ? DropReason.PluginFault : DropReason.NotAuthorized;

    private ulong ScopeOf(PluginScopes scopes, Message message) => (scopes.HasTopics ? scopes.OfTopic(message.Topic) : PluginScopes.All) & session.ScopeIn(scopes);

    private readonly record struct Passage(Offer Offer, DropReason Loss);
}
