using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Hooks;

/// <summary>The way of a will past the plugins when it is due: its own transforms, the filter for the topic they leave, and then the way of every message. On the session's loop.</summary>
internal sealed class DueWills(Shard shard)
{
    /// <summary>The will as plugins left it; null if it is not to be published. The result may come on any thread.</summary>
    public async ValueTask<Message?> ScreenAsync(Message will, Session session)
    {
        (Message? transformed, DropReason lost) = await TransformAsync(will, session);
        if (transformed is not { } due) return Lost(will, session, lost);
        if (due.Topic[0] == (byte)'$') return due;
        HookTable hooks = shard.Broker.Hooks;
        ulong scope = ScopeOf(due, session);
        // What OnPublish gets to see has passed the filter, as at CONNECT; what it makes of it is filtered by the way of every message.
        if (hooks.OnPublish.Applies(scope) && hooks.Topics.Applies(scope))
        {
            Verdict verdict = await hooks.Topics.FilterAsync(TopicAction.Publish, session, due.TopicText, due.QoS, due.Retain, scope: scope).On(shard.Loop);
            if (!verdict.IsAllowed) return Lost(due, session, Screened.By(verdict, changed: null));
        }

        Screened screened = await Screen(due, scope, session).On(shard.Loop);
        return screened.Outcome == DraftOutcome.Pass ? screened.Changed ?? due : Lost(due, session, screened);
    }

    private async ValueTask<(Message? Will, DropReason Lost)> TransformAsync(Message will, Session session)
    {
        ulong scope = ScopeOf(will, session);
        if (!shard.Broker.Hooks.OnWill.Applies(scope)) return (will, DropReason.None);
        MessageDraft draft = await Run(will, scope, session).On(shard.Loop);
        Message? result = draft.Outcome != DraftOutcome.Pass ? null : draft.Edits.Any ? Changed(draft, will) : will;
        DropReason lost = draft.Outcome == DraftOutcome.Fault ? DropReason.PluginFault : DropReason.Plugin;
        shard.Drafts.Return(draft);
        return (result, lost);
    }

    // What follows has to do with a ref struct, which an asynchronous method cannot have across an await.
    private ulong ScopeOf(Message message, Session session)
    {
        var publication = new Publication(message);
        return shard.Inbound.ScopeOf(ref publication, session);
    }

    private ValueTask<MessageDraft> Run(Message will, ulong scope, Session session)
    {
        var publication = new Publication(will);
        return shard.Broker.Hooks.OnWill.RunAsync(shard.Drafts.Begin(ref publication, will, MessageHook.Will, session, MessageOrigin.Will), scope);
    }

    private Message Changed(MessageDraft draft, Message will)
    {
        var publication = new Publication(will);
        return shard.Drafts.Changed(draft, ref publication);
    }

    private ValueTask<Screened> Screen(Message will, ulong scope, Session session)
    {
        var publication = new Publication(will);
        return shard.Inbound.ScreenAsync(ref publication, will, scope, session, MessageOrigin.Will);
    }

    private Message? Lost(Message will, Session session, in Screened screened)
    {
        if (screened.Outcome == DraftOutcome.Refuse)
            shard.Broker.Security.Denied(session.ClientId, session.Facts.Peer, screened.DeniedBy, TopicAction.Publish, will.Topic, screened.Text);
        return Lost(will, session, InboundMessages.DropReasonOf(screened.Outcome));
    }

    private Message? Lost(Message will, Session session, DropReason reason)
    {
        shard.Counters.PublishDenied++;
        shard.Events.Stage(MessageStage.Dropped, will, receiver: null, reason, session);
        return null;
    }
}
