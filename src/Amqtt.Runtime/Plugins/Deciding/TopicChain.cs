using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <summary>Asks the plugins that decide who may use a topic, in configuration order.</summary>
/// <param name="links">The plugins.</param>
/// <param name="isStrict">A plugin without an opinion denies.</param>
/// <param name="clock">The clock that notices plugins that block; null only if there are no plugins.</param>
internal sealed class TopicChain(TopicLink[] links, bool isStrict, CoarseClock? clock)
{
    private readonly QuestionPool _questions = new();
    private readonly ulong _scope = links.Aggregate(0UL, static (scope, link) => scope | link.Scope);

    /// <summary>Nobody decides: every topic is allowed, and there is nothing to ask.</summary>
    public bool IsEmpty => links.Length == 0;

    /// <summary>Whether somebody is to be asked about this scope. If not, the topic is allowed, as it is without plugins.</summary>
    public bool Applies(ulong scope) => (_scope & scope) != 0;

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
    public ValueTask<Verdict> FilterAsync(
        TopicAction action, ISession session, string topic, QoS qos, bool retain, string? shareName = null, ulong scope = PluginScopes.All)
    {
        if (!Applies(scope)) return new(Verdict.Allowed);

        var question = _questions.Rent();
        question.Begin(action, session, topic, shareName, qos, retain);
        var tally = new Tally();
        for (var i = 0; i < links.Length; i++)
        {
            var link = links[i];
            if ((link.Scope & scope) == 0) continue;
            if (!link.IsDirect) return GoOnAsync(i, asked: null, tally, question, scope);

            var started = clock!.Milliseconds;
            var sampled = link.Gate.BeginDirect();
            var answer = link.Ask(question);
            link.Gate.EndDirect(sampled, clock!.Milliseconds - started);
            if (!answer.IsCompletedSuccessfully) return GoOnAsync(i, answer.AsTask(), tally, question, scope);

            question.End();
#pragma warning disable VSTHRD103 // It is completed; awaiting would make this method asynchronous.
            if (!Count(link, answer.Result, ref tally, out var denied)) continue;
#pragma warning restore VSTHRD103
            _questions.Return(question);
            return new(denied);
        }

        _questions.Return(question);
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
                tally.AddFault();
                continue;
            }

            var (given, own) = (question, asked);
            var call = await link.Gate.CallAsync(() => own = link.Ask(given).AsTask(), asked, link.Plugin.Timeouts.Filter);
            if (call.End == CallEnd.TimedOut) question = question.Abandon();
            else question.End();
            if (call.End != CallEnd.Completed) tally.AddFault();
            else if (Count(link, await own!, ref tally, out var denied)) return denied;
        }

        return tally.Result;
    }

    private bool Count(TopicLink link, Decision decision, ref Tally tally, out Verdict denied)
    {
        if (!tally.Add(decision, isStrict, out denied)) return false;
        link.Plugin.Faults.Denied(Hook.FilterTopic);
        return true;
    }
}
