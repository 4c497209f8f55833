using static Amqtt.Protocol.PropertyRule;
using static Amqtt.Protocol.PropertyScope;
using static Amqtt.Protocol.PropertyType;

namespace Amqtt.Protocol;

/// <summary>How the value of a property is encoded (section 1.5).</summary>
internal enum PropertyType : byte
{
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Utf8String,
    BinaryData,
    Utf8StringPair,
}

/// <summary>What a value must be beyond being well encoded.</summary>
internal enum PropertyRule : byte
{
    Any,
    ZeroOrOne,
    NotZero,

    /// <summary>Zero has a reason code of its own: 0x94 [MQTT-3.3.2-8].</summary>
    Alias,

    /// <summary>A topic name: not empty, no wildcards [MQTT-3.3.2-14].</summary>
    Topic,
}

/// <summary>Where a property may occur. The bit of a packet is its type, so that a scope is found by shifting; bit 0 is the will.</summary>
[Flags]
internal enum PropertyScope : ushort
{
    Nowhere = 0,
    Will = 1,
    Connect = 1 << PacketType.Connect,
    ConnAck = 1 << PacketType.ConnAck,
    Publish = 1 << PacketType.Publish,
    Acks = 1 << PacketType.PubAck | 1 << PacketType.PubRec | 1 << PacketType.PubRel | 1 << PacketType.PubComp,
    Subscribe = 1 << PacketType.Subscribe,
    SubAcks = 1 << PacketType.SubAck | 1 << PacketType.UnsubAck,
    Unsubscribe = 1 << PacketType.Unsubscribe,
    Disconnect = 1 << PacketType.Disconnect,
    Auth = 1 << PacketType.Auth,
    Everywhere = Will | Connect | ConnAck | Publish | Acks | Subscribe | SubAcks | Unsubscribe | Disconnect | Auth,
}

/// <summary>The properties of MQTT 5.0: encoding, rule and packets of each (section 2.2.2.2).</summary>
internal static class PropertyTable
{
    private static readonly Entry[] Entries = Build();

    /// <summary>The entry of a property; <see cref="Nowhere"/> is the scope of identifiers that do not exist.</summary>
    public static Entry Find(byte id) => id < Entries.Length ? Entries[id] : default;

    /// <summary>The scope of a packet's own properties.</summary>
    public static PropertyScope ScopeOf(PacketType packet) => (PropertyScope)(1 << (int)packet);

    /// <summary>Whether a property may occur more than once.</summary>
    public static bool MayRepeat(PropertyId id, PropertyScope scope) =>
        id == PropertyId.UserProperty || (id == PropertyId.SubscriptionIdentifier && scope == Publish);

    private static Entry[] Build()
    {
        var entries = new Entry[(int)PropertyId.SharedSubscriptionAvailable + 1];

        Add(PropertyId.PayloadFormatIndicator, PropertyType.Byte, ZeroOrOne, Publish | Will);
        Add(PropertyId.MessageExpiryInterval, FourByteInteger, Any, Publish | Will);
        Add(PropertyId.ContentType, Utf8String, Any, Publish | Will);
        Add(PropertyId.ResponseTopic, Utf8String, Topic, Publish | Will);
        Add(PropertyId.CorrelationData, BinaryData, Any, Publish | Will);
        Add(PropertyId.SubscriptionIdentifier, VariableByteInteger, NotZero, Publish | Subscribe);
        Add(PropertyId.SessionExpiryInterval, FourByteInteger, Any, Connect | ConnAck | Disconnect);
        Add(PropertyId.AssignedClientIdentifier, Utf8String, Any, ConnAck);
        Add(PropertyId.ServerKeepAlive, TwoByteInteger, Any, ConnAck);
        Add(PropertyId.AuthenticationMethod, Utf8String, Any, Connect | ConnAck | Auth);
        Add(PropertyId.AuthenticationData, BinaryData, Any, Connect | ConnAck | Auth);
        Add(PropertyId.RequestProblemInformation, PropertyType.Byte, ZeroOrOne, Connect);
        Add(PropertyId.WillDelayInterval, FourByteInteger, Any, Will);
        Add(PropertyId.RequestResponseInformation, PropertyType.Byte, ZeroOrOne, Connect);
        Add(PropertyId.ResponseInformation, Utf8String, Any, ConnAck);
        Add(PropertyId.ServerReference, Utf8String, Any, ConnAck | Disconnect);
        Add(PropertyId.ReasonString, Utf8String, Any, ConnAck | Acks | SubAcks | Disconnect | Auth);
        Add(PropertyId.ReceiveMaximum, TwoByteInteger, NotZero, Connect | ConnAck);
        Add(PropertyId.TopicAliasMaximum, TwoByteInteger, Any, Connect | ConnAck);
        Add(PropertyId.TopicAlias, TwoByteInteger, Alias, Publish);
        Add(PropertyId.MaximumQoS, PropertyType.Byte, ZeroOrOne, ConnAck);
        Add(PropertyId.RetainAvailable, PropertyType.Byte, ZeroOrOne, ConnAck);
        Add(PropertyId.UserProperty, Utf8StringPair, Any, Everywhere);
        Add(PropertyId.MaximumPacketSize, FourByteInteger, NotZero, Connect | ConnAck);
        Add(PropertyId.WildcardSubscriptionAvailable, PropertyType.Byte, ZeroOrOne, ConnAck);
        Add(PropertyId.SubscriptionIdentifierAvailable, PropertyType.Byte, ZeroOrOne, ConnAck);
        Add(PropertyId.SharedSubscriptionAvailable, PropertyType.Byte, ZeroOrOne, ConnAck);
        return entries;

        void Add(PropertyId id, PropertyType type, PropertyRule rule, PropertyScope scope) => entries[(int)id] = new Entry(type, rule, scope);
    }

    internal readonly record struct Entry(PropertyType Type, PropertyRule Rule, PropertyScope Scope);
}
