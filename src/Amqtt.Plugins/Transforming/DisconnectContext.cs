using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A client's DISCONNECT, see <see cref="BrokerPlugin.OnDisconnectAsync"/>. A handle that notices when it is used after its hook ended.</summary>
public readonly struct DisconnectContext
{
    private readonly DisconnectDraft _draft;
    private readonly int _generation;

    internal DisconnectContext(DisconnectDraft draft)
    {
        _draft = draft;
        _generation = draft.Generation;
    }

    /// <summary>The session of the client.</summary>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public ISession Session => _draft.Read(_draft.Session, _generation);

    /// <summary>The reason the client gave; success before MQTT 5.</summary>
    public ReasonCode Reason => _draft.Read(_draft.Packet.Reason, _generation);

    /// <summary>The sentence the client gave, or null.</summary>
    public string? Text => _draft.Read(_draft.Packet.Properties.ReasonString, _generation);

    /// <summary>The client's own properties, in order.</summary>
    public IReadOnlyList<UserProperty> UserProperties => _draft.Read(_draft.Packet.Properties.UserProperties, _generation);

    /// <summary>Whether the will is published although the client said goodbye. At first what the client asked for [MQTT-3.14.4-3].</summary>
    public bool SendWill
    {
        get => Edits.SendWill;
        set => _draft.Set(_generation, Edits with { SendWill = value });
    }

    /// <summary>
    /// How long the session outlives the connection, within the broker's limit; null leaves it as it is, infinite = for ever. One that was to end with its connection needs a place of
    /// <c>limits.max_sessions</c> and ends all the same if there is none; what its client has not acknowledged is not sent again.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set: negative, or more than 136 years and not infinite. Nothing has changed.</exception>
    public TimeSpan? SessionExpiryInterval
    {
        get => Edits.SessionExpiryInterval;
        set
        {
            if (value != Timeout.InfiniteTimeSpan) _ = Checked.Seconds(value, nameof(SessionExpiryInterval));
            _draft.Set(_generation, Edits with { SessionExpiryInterval = value });
        }
    }

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken => _draft.GetToken(_generation);

    private DisconnectEdits Edits => _draft.Read(_draft.Edits, _generation);
}
