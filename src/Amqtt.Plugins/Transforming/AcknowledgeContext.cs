using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>
/// The answer to a client's message, see <see cref="BrokerPlugin.OnAcknowledgeAsync"/>. What it says cannot be turned into its opposite, and it is always sent.
/// A handle that costs nothing and notices when it is used after its hook ended.
/// </summary>
public readonly struct AcknowledgeContext
{
    private readonly AcknowledgeDraft _draft;
    private readonly int _generation;

    internal AcknowledgeContext(AcknowledgeDraft draft)
    {
        _draft = draft;
        _generation = draft.Generation;
    }

    /// <summary>The session of the client that published.</summary>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public ISession Session => _draft.Read(_draft.Session!, _generation);

    /// <summary>PUBACK, PUBREC or PUBCOMP.</summary>
    public PacketType Packet => _draft.Read(_draft.Packet, _generation);

    /// <summary>The packet identifier of the client's PUBLISH.</summary>
    public ushort PacketId => _draft.Read(_draft.PacketId, _generation);

    /// <summary>What became of the message. Only an MQTT 5 client sees this and the following.</summary>
    /// <exception cref="ArgumentException">Set: the packet cannot carry the code, or it would turn success into failure or the reverse. Nothing has changed.</exception>
    public ReasonCode Reason
    {
        get => _draft.Read(_draft.Edits.Reason, _generation);
        set
        {
            if (value.IsError() != Reason.IsError())
                throw new ArgumentException("What was stored stays acknowledged, and what was refused stays refused.", nameof(value));
            _draft.SetReason(_generation, Checked.Reason(value, Packet, nameof(Reason)));
        }
    }

    /// <summary>A sentence for the client, or null.</summary>
    /// <exception cref="ArgumentException">Set: no MQTT text. Nothing has changed.</exception>
    public string? Text
    {
        get => _draft.Read(_draft.Edits.Text, _generation);
        set => _draft.SetText(_generation, Checked.Text(value, nameof(Text)));
    }

    /// <summary>Properties for the client, in order.</summary>
    /// <exception cref="ArgumentException">Set: a name or value is no MQTT text. Nothing has changed.</exception>
    public IReadOnlyList<UserProperty> UserProperties
    {
        get => _draft.Read(_draft.Edits.UserProperties, _generation);
        set => _draft.SetUserProperties(_generation, Checked.UserProperties(value, nameof(UserProperties)));
    }

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken => _draft.GetToken(_generation);
}
