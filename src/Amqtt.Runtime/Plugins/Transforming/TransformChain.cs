using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>The plugins that transform one kind of packet, in configuration order: each works on what the earlier ones left, until one ends the packet's way. Immutable.</summary>
/// <typeparam name="TDraft">The packet while they work on it.</typeparam>
/// <typeparam name="TCall">The hook.</typeparam>
/// <param name="links">The plugins.</param>
/// <param name="clock">The clock that notices plugins that block; null only if there are no plugins.</param>
internal sealed class TransformChain<TDraft, TCall>(TransformLink[] links, CoarseClock? clock)
    where TDraft : Draft
    where TCall : struct, ITransformCall<TDraft>
{
    private readonly ulong _scope = links.Aggregate(0UL, static (scope, link) => scope | link.Scope);

    /// <summary>Nobody transforms it.</summary>
    public bool IsEmpty => links.Length == 0;

    /// <summary>Whether somebody is to be asked about a packet of this scope.</summary>
    public bool Applies(ulong scope) => (_scope & scope) != 0;

    /// <summary>
    /// Asks the plugins. Those that earned it run on the caller's thread, and if all of them answer at once the result is there at once and nothing was allocated; otherwise it
    /// may come on any thread. Never throws. What came of it is in the draft that is returned, which is another one if a plugin kept the first.
    /// </summary>
    /// <param name="draft">The packet.</param>
    /// <param name="scope">Who is to be asked about it; see <see cref="PluginScopes"/>.</param>
    /// <param name="publisher">A plugin that published the message itself, and is not asked about it; or null.</param>
    public ValueTask<TDraft> RunAsync(TDraft draft, ulong scope, HostedPlugin? publisher = null)
    {
        for (var i = 0; i < links.Length; i++)
        {
            var link = links[i];
            if ((link.Scope & scope) == 0 || (publisher is not null && link.Plugin == publisher)) continue;
            draft.BeginTurn(link.Name);
            if (!link.Gate.IsDirect) return GoOnAsync(i, begun: null, draft, scope, publisher);

            var started = clock!.Milliseconds;
            var running = link.Gate.BeginDirect(draft.Thread, started, out var sampled);
            var call = Invoke(link.Instance, draft);
            link.Gate.EndDirect(running, sampled, clock!.Milliseconds - started);
            if (!call.IsCompletedSuccessfully) return GoOnAsync(i, call.AsTask(), draft, scope, publisher);

#pragma warning disable VSTHRD103 // It is completed; awaiting would make this method asynchronous.
            call.GetAwaiter().GetResult();
#pragma warning restore VSTHRD103
            var next = draft.EndTurn();
            if (next != draft) draft = (TDraft)next; // a cast to a type parameter is not for nothing
            if (draft.Outcome != DraftOutcome.Pass) break;
        }

        return new(draft);
    }

    /// <summary>The rest of a chain that has to wait, from link <paramref name="next"/> on, whose turn has begun and whose call may have been made already.</summary>
    private async ValueTask<TDraft> GoOnAsync(int next, Task? begun, TDraft draft, ulong scope, HostedPlugin? publisher)
    {
        for (var i = next; i < links.Length; i++, begun = null)
        {
            var link = links[i];
            if ((link.Scope & scope) == 0 || (publisher is not null && link.Plugin == publisher)) continue;
            if (i != next) draft.BeginTurn(link.Name);
            draft = await TakeTurnAsync(link, begun, draft);
            if (draft.Outcome != DraftOutcome.Pass) break;
        }

        return draft;
    }

    private static async ValueTask<TDraft> TakeTurnAsync(TransformLink link, Task? begun, TDraft draft)
    {
        var given = draft;
        var call = await link.Gate.CallAsync(() => Invoke(link.Instance, given).AsTask(), begun, link.Plugin.Timeouts.Transform);
        draft = (TDraft)(call.End switch
        {
            CallEnd.Completed => draft.EndTurn(),
            CallEnd.TimedOut => draft.Abandon(),
            _ => draft.Undo(),
        });
        if (call.End != CallEnd.Completed && !link.SkipsOnError) draft.Fail();
        return draft;
    }

    private static ValueTask Invoke(BrokerPlugin plugin, TDraft draft)
    {
        try
        {
            return TCall.Invoke(plugin, draft);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException(exception);
        }
    }
}
