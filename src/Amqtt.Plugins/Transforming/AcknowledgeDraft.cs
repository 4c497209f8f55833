using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>An acknowledgement while transforms work on it. Reused.</summary>
internal sealed class AcknowledgeDraft : Draft
{
    private AcknowledgeEdits _edits;
    private AcknowledgeEdits _kept;

    public ISession? Session { get; private set; }

    public PacketType Packet { get; private set; }

    public ushort PacketId { get; private set; }

    /// <summary>The acknowledgement as it is now.</summary>
    public ref readonly AcknowledgeEdits Edits => ref _edits;

    protected override string ContextName => nameof(AcknowledgeContext);

    public void Begin(ISession? session, PacketType packet, ushort packetId, ReasonCode reason, string? text)
    {
        Session = session;
        Packet = packet;
        PacketId = packetId;
        _edits = new() { Reason = reason, Text = text, UserProperties = [] };
        Reset();
    }

    public void SetReason(int generation, ReasonCode reason)
    {
        BeginWrite(generation);
        _edits.Reason = reason;
        EndWrite();
    }

    public void SetText(int generation, string? text)
    {
        BeginWrite(generation);
        _edits.Text = text;
        EndWrite();
    }

    public void SetUserProperties(int generation, IReadOnlyList<UserProperty> properties)
    {
        BeginWrite(generation);
        _edits.UserProperties = properties;
        EndWrite();
    }

    protected override void Checkpoint() => _kept = _edits;

    protected override void RollBack() => _edits = _kept;

    protected override Draft Successor()
    {
        var successor = new AcknowledgeDraft();
        successor.Begin(Session, Packet, PacketId, _kept.Reason, _kept.Text);
        successor._edits = _kept;
        return successor;
    }
}

/// <summary>What transforms may change about an acknowledgement.</summary>
internal struct AcknowledgeEdits
{
    public ReasonCode Reason;
    public string? Text;
    public IReadOnlyList<UserProperty> UserProperties;
}
