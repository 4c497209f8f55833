using Amqtt.Broker.Routing;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>A message with what one receiver's subscriptions make of it.</summary>
/// <param name="Message">The message, shared by all its receivers; null where only its identifier is in flight.</param>
/// <param name="QoS">The QoS it is delivered with: the lower of the message's and the granted one [MQTT-3.8.4-8].</param>
/// <param name="Retain">The RETAIN flag it is delivered with.</param>
/// <param name="Identifiers">The subscription identifiers it carries [MQTT-3.3.4-3].</param>
/// <param name="Shared">The shared subscription it came through: others of the group could get it instead. Mostly null.</param>
internal readonly record struct QueuedMessage(Message? Message, QoS QoS, bool Retain, SubscriptionIdentifiers Identifiers, Subscription? Shared = null);

/// <summary>The identifiers of the subscriptions that a delivery is for: none, one, or several without a list for the usual cases.</summary>
internal readonly struct SubscriptionIdentifiers
{
    private readonly uint _single;
    private readonly uint[]? _several;

    private SubscriptionIdentifiers(uint single, uint[]? several)
    {
        _single = single;
        _several = several;
    }

    /// <summary>How many there are.</summary>
    public int Count => _several?.Length ?? (_single == 0 ? 0 : 1);

    /// <summary>The identifier at <paramref name="index"/>.</summary>
    public uint this[int index] => _several is null ? _single : _several[index];

    /// <summary>These and <paramref name="identifier"/>; 0 adds nothing.</summary>
    public SubscriptionIdentifiers With(uint identifier)
    {
        if (identifier == 0) return this;
        if (_several is not null) return new SubscriptionIdentifiers(0, [.. _several, identifier]);
        return _single == 0 ? new SubscriptionIdentifiers(identifier, several: null) : new SubscriptionIdentifiers(0, [_single, identifier]);
    }

    /// <summary>What they take as properties of a PUBLISH.</summary>
    public int EncodedLength
    {
        get
        {
            int length = 0;
            for (int i = 0; i < Count; i++) length += 1 + Wire.VariableByteIntegerLength((int)this[i]);
            return length;
        }
    }
}
