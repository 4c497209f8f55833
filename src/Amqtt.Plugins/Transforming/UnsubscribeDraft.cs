namespace Amqtt.Plugins;

/// <summary>An UNSUBSCRIBE while transforms work on it.</summary>
internal sealed class UnsubscribeDraft(ISession session, IReadOnlyList<FilterEdits> filters) : Draft
{
    private FilterEdits[] _filters = [.. filters];
    private FilterEdits[] _kept = [.. filters];

    public ISession Session => session;

    /// <summary>The filters as they are now.</summary>
    public IReadOnlyList<FilterEdits> Filters => _filters;

    protected override string ContextName => nameof(UnsubscribeContext);

    public void Set(int generation, int index, FilterEdits filter)
    {
        BeginWrite(generation);
        _filters[index] = filter;
        EndWrite();
    }

    protected override void Checkpoint() => _kept = [.. _filters];

    protected override void RollBack() => _filters = [.. _kept];

    protected override Draft Successor() => new UnsubscribeDraft(session, _kept);
}
