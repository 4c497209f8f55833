using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A client's DISCONNECT while transforms work on it.</summary>
internal sealed class DisconnectDraft(ISession session, DisconnectPacket disconnect, DisconnectEdits edits) : Draft
{
    private DisconnectEdits _edits = edits;
    private DisconnectEdits _kept = edits;

    public ISession Session => session;

    public DisconnectPacket Packet => disconnect;

    /// <summary>What it comes to now.</summary>
    public DisconnectEdits Edits => _edits;

    protected override string ContextName => nameof(DisconnectContext);

    public void Set(int generation, DisconnectEdits edits)
    {
        BeginWrite(generation);
        _edits = edits;
        EndWrite();
    }

    protected override void Checkpoint() => _kept = _edits;

    protected override void RollBack() => _edits = _kept;

    protected override Draft Successor() => new DisconnectDraft(session, disconnect, _kept);
}

/// <summary>What transforms may change about a DISCONNECT. Immutable.</summary>
internal sealed record DisconnectEdits(bool SendWill, TimeSpan? SessionExpiryInterval);
