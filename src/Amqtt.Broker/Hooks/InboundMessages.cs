using Amqtt.Broker.Configuration;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Hooks;

/// <summary>
/// The way of a message past the plugins, the same for a client's PUBLISH, a will and a plugin's own: transforms, then validation, then the filter for the topic that is left.
/// Without plugins for its topic it costs two comparisons. On the loop.
/// </summary>
internal sealed class InboundMessages(Shard shard)
{
    private BrokerState Broker => shard.Broker;

    /// <summary>
    /// Asks the plugins about a message. They are done at once unless one of them waits; then the result may come on any thread, and <paramref name="publication"/> is kept.
    /// </summary>
    /// <param name="publication">The message.</param>
    /// <param name="topic">Its topic as text.</param>
    /// <param name="scope">Who is asked about it.</param>
    /// <param name="session">Whose it is; null for a plugin's or the broker's, whose topics nobody filters.</param>
    /// <param name="origin">How it came to be.</param>
    public ValueTask<Screened> ScreenAsync(ref Publication publication, ITopicText topic, ulong scope, Session? session, MessageOrigin origin)
    {
        HookTable hooks = Broker.Hooks;
        if (!hooks.OnPublish.Applies(scope) || publication.Origin.SkipsTransforms())
            return Filter(hooks, Filtered(ref publication, session), topic, publication.QoS, publication.Retain, scope, changed: null);

        MessageDraft draft = shard.Drafts.Begin(ref publication, topic, MessageHook.Publish, session, origin);
        ValueTask<MessageDraft> pending = hooks.OnPublish.RunAsync(draft, scope, publication.Origin.NotAsked());
        return pending.IsCompletedSuccessfully
            ? Conclude(pending.GetAwaiter().GetResult(), ref publication, topic, scope, session)
            : ConcludeLaterAsync(pending, publication.AtRest(), scope, session);
    }

    /// <summary>The whole way of a plugin's message: past the other plugins, into the retained store, to its receivers. Begins on the loop.</summary>
    /// <param name="message">The message.</param>
    /// <param name="session">The client in whose name it is published; null = the plugin's own.</param>
    public async ValueTask<ReasonCode> PublishAsync(Message message, Session? session)
    {
        Screened screened = await Screen(message, session).On(shard.Loop);
        if (screened.Outcome != DraftOutcome.Pass)
        {
            Broker.Events.Stage(MessageStage.Dropped, message, receiver: null, DropReasonOf(screened.Outcome), session);
            return screened.Outcome == DraftOutcome.Disconnect ? ReasonCode.NotAuthorized : screened.Reason;
        }

        return Publish(screened.Changed ?? message, session);
    }

    /// <summary>What a message is dropped for.</summary>
    public static DropReason DropReasonOf(DraftOutcome outcome) => outcome switch
    {
        DraftOutcome.Fault => DropReason.PluginFault,
        DraftOutcome.Refuse => DropReason.NotAuthorized,
        _ => DropReason.Plugin,
    };

    /// <summary>Which plugins are asked about a message of a session, or of nobody's.</summary>
    public ulong ScopeOf(ref Publication publication, Session? session)
    {
        PluginScopes scopes = Broker.Hooks.Scopes;
        return publication.ScopeIn(scopes) & (session?.ScopeIn(scopes) ?? scopes.OfListener(listener: null));
    }

    private ValueTask<Screened> Screen(Message message, Session? session)
    {
        var publication = new Publication(message);
        return ScreenAsync(ref publication, message, ScopeOf(ref publication, session), session, MessageOrigin.Plugin);
    }

    private ReasonCode Publish(Message message, Session? session)
    {
        var publication = new Publication(message);
        return shard.Publisher.Publish(ref publication, shard.Router.Find(message.Topic), session);
    }

    private async ValueTask<Screened> ConcludeLaterAsync(ValueTask<MessageDraft> pending, Message message, ulong scope, Session? session)
    {
        MessageDraft draft = await pending.On(shard.Loop);
        return await ConcludeKept(draft, message, scope, session);
    }

    private ValueTask<Screened> ConcludeKept(MessageDraft draft, Message message, ulong scope, Session? session)
    {
        var publication = new Publication(message);
        return Conclude(draft, ref publication, message, scope, session);
    }

    /// <summary>The transforms are done: what they left is validated, and its topic filtered.</summary>
    private ValueTask<Screened> Conclude(MessageDraft draft, ref Publication publication, ITopicText topic, ulong scope, Session? session)
    {
        Message? changed = null;
        Screened? ended = draft.Outcome == DraftOutcome.Pass ? null : new Screened(draft.Outcome, draft.Reason, draft.Text, DeniedBy.ThePlugin(draft.Plugin));
        if (ended is null && draft.Edits.Any)
        {
            changed = shard.Drafts.Changed(draft, ref publication);
            ended = Check(changed, session?.Limits ?? Broker.Options.Limits);
        }

        shard.Drafts.Return(draft);
        if (ended is { } screened) return new ValueTask<Screened>(screened);
        HookTable hooks = Broker.Hooks;
        if (changed is null) return Filter(hooks, Filtered(ref publication, session), topic, publication.QoS, publication.Retain, scope, changed);
        var effective = new Publication(changed);
        return Filter(hooks, Filtered(ref publication, session), changed, changed.QoS, changed.Retain, ScopeOf(ref effective, session), changed);
    }

    /// <summary>What is wrong with a message that plugins changed; null if nothing is.</summary>
    private static Screened? Check(Message message, LimitOptions limits)
    {
        if (message.Topic.Length > limits.MaxTopicLength || message.Topic.Count((byte)'/') >= limits.MaxTopicLevels)
            return new Screened(DraftOutcome.Refuse, ReasonCode.TopicNameInvalid, "the topic is too long or has too many levels");
        if ((int)message.QoS > limits.MaxQos || (message.Retain && !limits.RetainAvailable))
            return new Screened(DraftOutcome.Refuse, ReasonCode.ImplementationSpecificError, "a plugin asked for what the broker does not offer");
        return null;
    }

    /// <summary>Whose permission counts; null = nobody's has to be asked for.</summary>
    private static Session? Filtered(ref Publication publication, Session? session) => publication.Origin is { BypassesFilters: true } ? null : session;

    private static ValueTask<Screened> Filter(HookTable hooks, Session? session, ITopicText topic, QoS qos, bool retain, ulong scope, Message? changed)
    {
        if (session is null || !hooks.Topics.Applies(scope)) return new ValueTask<Screened>(Screened.Pass(changed));
        ValueTask<Verdict> verdict = hooks.Topics.FilterAsync(TopicAction.Publish, session, topic.Topic, qos, retain, scope: scope, thread: session.Shard.Loop.ThreadId);
        return verdict.IsCompletedSuccessfully
            ? new ValueTask<Screened>(Screened.By(verdict.GetAwaiter().GetResult(), changed))
            : FilterLaterAsync(verdict, changed);
    }

    private static async ValueTask<Screened> FilterLaterAsync(ValueTask<Verdict> verdict, Message? changed) => Screened.By(await verdict, changed);
}
