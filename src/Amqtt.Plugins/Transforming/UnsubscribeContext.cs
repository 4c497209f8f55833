using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>An UNSUBSCRIBE, see <see cref="BrokerPlugin.OnUnsubscribeAsync"/>. A handle that notices when it is used after its hook ended.</summary>
public readonly struct UnsubscribeContext
{
    private readonly UnsubscribeDraft _draft;
    private readonly int _generation;

    internal UnsubscribeContext(UnsubscribeDraft draft)
    {
        _draft = draft;
        _generation = draft.Generation;
    }

    /// <summary>The session of the client.</summary>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public ISession Session => _draft.Read(_draft.Session, _generation);

    /// <summary>How many filters there are; at least one.</summary>
    public int Count => _draft.Read(_draft.Filters.Count, _generation);

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken => _draft.GetToken(_generation);

    /// <summary>One of the filters, with <c>$share/group/</c> if it is shared; another one can be put in its place (<see cref="SharedSubscription.AddPrefix"/>).</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentException">Set: this is no topic filter. Nothing has changed.</exception>
    public string this[int index]
    {
        get => At(index).Filter;
        set => _draft.Set(_generation, index, At(index) with { Filter = Checked.Filter(value, nameof(value)) });
    }

    /// <summary>Keeps this subscription and answers with a reason, which only an MQTT 5 client sees.</summary>
    /// <param name="index">Which filter.</param>
    /// <param name="reason">Why; 0x80 or above.</param>
    /// <param name="text">A sentence for an MQTT 5 client, or null. UNSUBACK has one for all its filters: the first that there is.</param>
    /// <exception cref="ArgumentException">UNSUBACK cannot carry the code, it is no error, or the text is no MQTT text.</exception>
    public void Refuse(int index, ReasonCode reason = ReasonCode.NotAuthorized, string? text = null) =>
        _draft.Set(_generation, index, At(index) with { Refusal = new(Checked.Error(reason, PacketType.UnsubAck, nameof(reason)), Checked.Text(text, nameof(text)), _draft.Plugin) });

    /// <summary>Removes none of the subscriptions, and answers each filter as if nothing were wrong.</summary>
    /// <param name="ackWith">What UNSUBACK says of each to an MQTT 5 client.</param>
    /// <exception cref="ArgumentOutOfRangeException">UNSUBACK cannot carry the code.</exception>
    public void Drop(ReasonCode ackWith = ReasonCode.Success) =>
        _draft.Decide(_generation, DraftOutcome.Drop, Checked.Reason(ackWith, PacketType.UnsubAck, nameof(ackWith)), text: null);

    /// <summary>Keeps all subscriptions: the reason stands in UNSUBACK for each; an older client is answered without one, as 3.1.1 knows none.</summary>
    /// <param name="reason">Why; 0x80 or above.</param>
    /// <param name="text">A sentence for an MQTT 5 client, or null.</param>
    /// <exception cref="ArgumentException">UNSUBACK cannot carry the code, it is no error, or the text is no MQTT text.</exception>
    public void Refuse(ReasonCode reason, string? text = null) =>
        _draft.Decide(_generation, DraftOutcome.Refuse, Checked.Error(reason, PacketType.UnsubAck, nameof(reason)), Checked.Text(text, nameof(text)));

    /// <summary>Disconnects the client; nothing is removed. An MQTT 5 client is told why.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="text">A sentence for the client, or null.</param>
    /// <exception cref="ArgumentException">DISCONNECT cannot carry the code, or the text is no MQTT text.</exception>
    public void Disconnect(ReasonCode reason = ReasonCode.AdministrativeAction, string? text = null) =>
        _draft.Decide(_generation, DraftOutcome.Disconnect, Checked.Reason(reason, PacketType.Disconnect, nameof(reason)), Checked.Text(text, nameof(text)));

    private FilterEdits At(int index) => (uint)index < (uint)Count
        ? _draft.Read(_draft.Filters[index], _generation)
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"The number of filters is {Count}.");
}
