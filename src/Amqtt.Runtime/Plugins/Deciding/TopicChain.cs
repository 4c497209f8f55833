using System.Diagnostics.CodeAnalysis;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <summary>Asks the plugins that decide who may use a topic, in configuration order.</summary>
/// <param name="links">The plugins.</param>
/// <param name="isStrict">A plugin without an opinion denies.</param>
/// <param name="clock">The clock that notices plugins that block; null only if there are no plugins.</param>
/// <param name="authorization">What decisions depend on beside the plugins.</param>
internal sealed class TopicChain(TopicLink[] links, bool isStrict, CoarseClock? clock, Authorization authorization)
{
    private readonly QuestionPool _questions = new();
    private readonly ulong _scope = links.Aggregate(0UL, static (scope, link) => scope | link.Scope);

    private readonly bool _grants = authorization.GrantsPermissions;

    /// <summary>Nobody decides: every topic is allowed, and there is nothing to ask.</summary>
    public bool IsEmpty => links.Length == 0 && !_grants;

    /// <summary>Whether somebody is to be asked about this scope. If not, the topic is allowed, as it is without plugins.</summary>
    public bool Applies(ulong scope) => (_scope & scope) != 0 || _grants;

    /// <summary>
    /// Decides whether a client may use a topic. Plugins that earned it run on the caller's thread, and if they answer at once the result
    /// is there at once and nothing was allocated; otherwise it may come on any thread. Never throws.
    /// </summary>
    /// <param name="action">What the client wants to do.</param>
    /// <param name="session">The client's session.</param>
    /// <param name="topic">The topic name, or the filter of a subscription without <c>$share/group/</c>.</param>
    /// <param name="qos">The QoS of the message, or the one asked for.</param>
    /// <param name="retain">The RETAIN flag of the message.</param>
    /// <param name="shareName">The group of a shared subscription.</param>
    /// <param name="scope">Who is to be asked; see <see cref="PluginScopes"/>.</param>
    /// <param name="thread">The identifier of the calling thread, which a loop knows: to ask for it costs half as much as a quick plugin.</param>
    public ValueTask<Verdict> FilterAsync(
        TopicAction action, ISession session, string topic, QoS qos, bool retain, string? shareName = null, ulong scope = PluginScopes.All, int? thread = null)
    {
        if (!Applies(scope)) return new(Verdict.Allowed);
        var authorized = session as IAuthorizedSession;
        if (_grants && authorized?.Permissions is { } permissions && !Permit(permissions, action, topic)) return new(Verdict.NotGranted);
        if ((_scope & scope) == 0) return new(Verdict.Allowed);
        var asker = thread ?? Environment.CurrentManagedThreadId;
        return authorized is null
            ? AskAsync(new(action, topic, qos, retain, shareName), session, scope, asker, out _)
            : DecideAsync(new(action, topic, qos, retain, shareName), session, authorized, scope, asker);
    }

    /// <summary>The first rule that covers the use decides; what none covers is denied.</summary>
    private static bool Permit(IReadOnlyList<TopicPermission> permissions, TopicAction action, string topic)
    {
        foreach (var permission in permissions)
        {
            if (permission.Covers(action, topic)) return permission.IsAllowed;
        }

        return false;
    }

    private ValueTask<Verdict> DecideAsync(in TopicUse use, ISession session, IAuthorizedSession authorized, ulong scope, int thread)
    {
        var generation = GenerationOf(authorized);
        if (authorization.KeepsVerdicts && authorized.Verdicts.TryFind(use, generation, clock!.Milliseconds, out var kept)) return new(kept);
        var pending = AskAsync(use, session, scope, thread, out var lifetime);
        if (!pending.IsCompletedSuccessfully) return DecideLaterAsync(pending, use, session, authorized, scope, generation);
        // Not returned as it is: to copy what has just been put together from parts takes longer than to put it together again.
#pragma warning disable VSTHRD103 // it is there already, and an await would allocate for every message
        var verdict = pending.Result;
#pragma warning restore VSTHRD103
        if (lifetime != TimeSpan.Zero) Keep(use, authorized, verdict, lifetime, generation);
        return new(verdict);
    }

    /// <summary>What was decided while permissions changed is decided anew: an answer from before must not let anything pass after.</summary>
    private async ValueTask<Verdict> DecideLaterAsync(ValueTask<Verdict> pending, TopicUse use, ISession session, IAuthorizedSession authorized, ulong scope, long generation)
    {
        const int MostTries = 8;
        for (var tries = 1; ; tries++)
        {
            var verdict = await pending;
            if (generation == GenerationOf(authorized))
            {
                if (verdict.Lifetime > TimeSpan.Zero) Keep(use, authorized, verdict, verdict.Lifetime, generation);
                return verdict;
            }

            if (tries == MostTries) return Verdict.Fault;
            generation = GenerationOf(authorized);
            pending = AskAsync(use, session, scope, Environment.CurrentManagedThreadId, out _);
        }
    }

    private void Keep(in TopicUse use, IAuthorizedSession authorized, Verdict verdict, TimeSpan lifetime, long generation)
    {
        authorized.Verdicts.Keep(use, verdict, generation, clock!.Milliseconds + (long)Math.Min(lifetime.TotalMilliseconds, int.MaxValue));
        authorization.KeepsVerdicts = true;
    }

    private long GenerationOf(IAuthorizedSession session) => (authorization.Generation << 32) ^ session.AuthorizationVersion;

    private ValueTask<Verdict> AskAsync(in TopicUse use, ISession session, ulong scope, int thread, out TimeSpan lifetime)
    {
        lifetime = TimeSpan.Zero;
        var question = _questions.Rent(thread);
        question.Begin(use.Action, session, use.Topic, use.ShareName, use.QoS, use.Retain);
        var tally = new Tally();
        for (var i = 0; i < links.Length; i++)
        {
            var link = links[i];
            if ((link.Scope & scope) == 0) continue;
            if (!link.IsDirect) return GoOnAsync(i, asked: null, tally, question, scope);

            var started = clock!.Milliseconds;
            var running = link.Gate.BeginDirect(question.Thread, started, out var sampled);
            var answer = link.Ask(question);
            link.Gate.EndDirect(running, sampled, clock!.Milliseconds - started);
            if (!answer.IsCompletedSuccessfully) return GoOnAsync(i, answer.AsTask(), tally, question, scope);

            question.End();
#pragma warning disable VSTHRD103 // It is completed; awaiting would make this method asynchronous.
            if (!Count(link, answer.Result, ref tally, out var denied)) continue;
#pragma warning restore VSTHRD103
            QuestionPool.Return(question);
            lifetime = tally.Lifetime;
            return new(denied);
        }

        QuestionPool.Return(question);
        lifetime = tally.Lifetime;
        return new(tally.Result);
    }

    /// <summary>
    /// The rest of a chain that has to wait, from link <paramref name="next"/> on, which may have been asked already.
    /// The question does not go back to the pool: it belongs to another thread by then.
    /// </summary>
    private async ValueTask<Verdict> GoOnAsync(int next, Task<Decision>? asked, Tally tally, TopicQuestion question, ulong scope)
    {
        for (var i = next; i < links.Length; i++, asked = null)
        {
            var link = links[i];
            if ((link.Scope & scope) == 0) continue;
            if (link.Role is null)
            {
                tally.AddFault(link.Plugin.Identity.Id);
                continue;
            }

            var (given, own) = (question, asked);
            var call = await link.Gate.CallAsync(() => own = link.Ask(given).AsTask(), asked, link.Plugin.Timeouts.Filter);
            if (call.End == CallEnd.TimedOut) question = question.Abandon();
            else question.End();
            if (call.End != CallEnd.Completed) tally.AddFault(link.Plugin.Identity.Id);
            else if (Count(link, await own!, ref tally, out var denied)) return denied.For(tally.Lifetime);
        }

        return tally.Result.For(tally.Lifetime);
    }

    private bool Count(TopicLink link, in Decision decision, ref Tally tally, [NotNullWhen(true)] out Verdict? denied)
    {
        if (!tally.Add(in decision, isStrict, link.Plugin.Identity.Id, out denied)) return false;
        link.Plugin.Faults.Denied(Hook.FilterTopic);
        return true;
    }
}
