using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A SUBSCRIBE while transforms work on it.</summary>
internal sealed class SubscribeDraft(ISession session, MqttProperties properties, IReadOnlyList<FilterEdits> filters) : Draft
{
    private FilterEdits[] _filters = [.. filters];
    private FilterEdits[] _kept = [.. filters];

    public ISession Session => session;

    public MqttProperties Properties => properties;

    /// <summary>The filters as they are now.</summary>
    public IReadOnlyList<FilterEdits> Filters => _filters;

    protected override string ContextName => nameof(SubscribeContext);

    public void Set(int generation, int index, FilterEdits filter)
    {
        BeginWrite(generation);
        _filters[index] = filter;
        EndWrite();
    }

    protected override void Checkpoint() => _kept = [.. _filters];

    protected override void RollBack() => _filters = [.. _kept];

    protected override Draft Successor() => new SubscribeDraft(session, properties, _kept);
}

/// <summary>One filter of a SUBSCRIBE or UNSUBSCRIBE. Immutable.</summary>
internal sealed record FilterEdits(string Filter, SubscriptionOptions Options = default)
{
    /// <summary>Why it is refused, or null.</summary>
    public FilterRefusal? Refusal { get; init; }
}

/// <summary>A transform refused one filter of a SUBSCRIBE or UNSUBSCRIBE. Immutable.</summary>
/// <param name="Reason">What stands for the filter in the answer.</param>
/// <param name="Text">The same in words, or null.</param>
/// <param name="Plugin">Who refused it, as logs name it.</param>
internal sealed record FilterRefusal(ReasonCode Reason, string? Text, string? Plugin);
