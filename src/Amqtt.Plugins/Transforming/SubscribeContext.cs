using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>
/// A SUBSCRIBE, see <see cref="BrokerPlugin.OnSubscribeAsync"/>. Each filter that is left at the end is validated, filtered and granted by itself. A handle that notices
/// when it is used after its hook ended.
/// </summary>
public readonly struct SubscribeContext
{
    private readonly SubscribeDraft _draft;
    private readonly int _generation;

    internal SubscribeContext(SubscribeDraft draft)
    {
        _draft = draft;
        _generation = draft.Generation;
    }

    /// <summary>The session of the client.</summary>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public ISession Session => _draft.Read(_draft.Session, _generation);

    /// <summary>How many filters there are; at least one.</summary>
    public int Count => _draft.Read(_draft.Filters.Count, _generation);

    /// <summary>The application's own properties of the SUBSCRIBE.</summary>
    public IReadOnlyList<UserProperty> UserProperties => _draft.Read(_draft.Properties.UserProperties, _generation);

    /// <summary>The subscription identifier, or null.</summary>
    public uint? SubscriptionIdentifier => _draft.Read(_draft.Properties.SubscriptionIdentifiers is [var identifier, ..] ? identifier : default(uint?), _generation);

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken => _draft.GetToken(_generation);

    /// <summary>One of the filters. It is a handle: take it into a variable to change it, <c>var filter = context[0]; filter.QoS = QoS.AtMostOnce;</c>.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such filter.</exception>
    public SubscribeFilter this[int index] => (uint)index < (uint)Count
        ? new(_draft, _generation, index)
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"The number of filters is {Count}.");

    /// <summary>Adds none of the filters, and answers each as if nothing were wrong.</summary>
    /// <param name="ackWith">What SUBACK says of each.</param>
    /// <exception cref="ArgumentOutOfRangeException">SUBACK cannot carry the code.</exception>
    public void Drop(ReasonCode ackWith = ReasonCode.Success) =>
        _draft.Decide(_generation, DraftOutcome.Drop, Checked.Reason(ackWith, PacketType.SubAck, nameof(ackWith)), text: null);

    /// <summary>Refuses all filters: the reason, or 0x80 for an older client, stands in SUBACK for each.</summary>
    /// <param name="reason">Why; 0x80 or above.</param>
    /// <param name="text">A sentence for an MQTT 5 client, or null.</param>
    /// <exception cref="ArgumentException">SUBACK cannot carry the code, it is no error, or the text is no MQTT text.</exception>
    public void Refuse(ReasonCode reason = ReasonCode.NotAuthorized, string? text = null) =>
        _draft.Decide(_generation, DraftOutcome.Refuse, Checked.Error(reason, PacketType.SubAck, nameof(reason)), Checked.Text(text, nameof(text)));

    /// <summary>Disconnects the client; nothing is added. An MQTT 5 client is told why.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="text">A sentence for the client, or null.</param>
    /// <exception cref="ArgumentException">DISCONNECT cannot carry the code, or the text is no MQTT text.</exception>
    public void Disconnect(ReasonCode reason = ReasonCode.AdministrativeAction, string? text = null) =>
        _draft.Decide(_generation, DraftOutcome.Disconnect, Checked.Reason(reason, PacketType.Disconnect, nameof(reason)), Checked.Text(text, nameof(text)));
}

/// <summary>One filter of a SUBSCRIBE and what the client wants of it.</summary>
public readonly struct SubscribeFilter
{
    private readonly SubscribeDraft _draft;
    private readonly int _generation;
    private readonly int _index;

    internal SubscribeFilter(SubscribeDraft draft, int generation, int index)
    {
        _draft = draft;
        _generation = generation;
        _index = index;
    }

    /// <summary>
    /// The topic filter, with <c>$share/group/</c> if it is shared (<see cref="SharedSubscription.AddPrefix"/> puts something behind that). What the client sent need not be a valid one; what is set
    /// must be.
    /// </summary>
    /// <exception cref="ArgumentException">Set: this is no topic filter. Nothing has changed.</exception>
    public string Filter
    {
        get => Edits.Filter;
        set => Set(Edits with { Filter = Checked.Filter(value, nameof(Filter)) });
    }

    /// <summary>The highest QoS the client wants; the most it can be granted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set: not 0 to 2. Nothing has changed.</exception>
    public QoS QoS
    {
        get => Edits.Options.QoS;
        set => Set(Edits with { Options = Edits.Options with { QoS = Checked.QoS(value, QoS.ExactlyOnce, nameof(QoS)) } });
    }

    /// <summary>Whether the client is spared what it publishes itself.</summary>
    public bool NoLocal
    {
        get => Edits.Options.NoLocal;
        set => Set(Edits with { Options = Edits.Options with { NoLocal = value } });
    }

    /// <summary>Whether live messages keep the RETAIN flag they came with.</summary>
    public bool RetainAsPublished
    {
        get => Edits.Options.RetainAsPublished;
        set => Set(Edits with { Options = Edits.Options with { RetainAsPublished = value } });
    }

    /// <summary>When retained messages are sent.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set: none of the three. Nothing has changed.</exception>
    public RetainHandling RetainHandling
    {
        get => Edits.Options.RetainHandling;
        set => Set(Enum.IsDefined(value)
            ? Edits with { Options = Edits.Options with { RetainHandling = value } }
            : throw new ArgumentOutOfRangeException(nameof(value), value, "It is 0 to 2."));
    }

    private FilterEdits Edits => _draft.Read(_draft.Filters[_index], _generation);

    /// <summary>Refuses this filter: the reason, or 0x80 for an older client, stands for it in SUBACK.</summary>
    /// <param name="reason">Why; 0x80 or above.</param>
    /// <param name="text">A sentence for an MQTT 5 client, or null. SUBACK has one for all its filters: the first that there is.</param>
    /// <exception cref="ArgumentException">SUBACK cannot carry the code, it is no error, or the text is no MQTT text.</exception>
    public void Refuse(ReasonCode reason = ReasonCode.NotAuthorized, string? text = null) =>
        Set(Edits with { Refusal = new(Checked.Error(reason, PacketType.SubAck, nameof(reason)), Checked.Text(text, nameof(text)), _draft.Plugin) });

    private void Set(FilterEdits edits) => _draft.Set(_generation, _index, edits);
}
