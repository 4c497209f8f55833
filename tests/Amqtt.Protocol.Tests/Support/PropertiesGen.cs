using Amqtt.Protocol.Packets;
using CsCheck;
using static Amqtt.Protocol.PropertyId;

namespace Amqtt.Protocol.Tests.Support;

/// <summary>Generates properties that a packet may carry. The lists are the specification's, written out apart from the implementation.</summary>
internal static class PropertiesGen
{
    private static readonly PropertyId[] Message = [PayloadFormatIndicator, MessageExpiryInterval, ContentType, ResponseTopic, CorrelationData, PropertyId.UserProperty];
    private static readonly PropertyId[] Answer = [ReasonString, PropertyId.UserProperty];

    public static Gen<MqttProperties> Publish { get; } = Of([.. Message, TopicAlias, SubscriptionIdentifier]);

    public static Gen<MqttProperties> Will { get; } = Of([.. Message, WillDelayInterval]);

    public static Gen<MqttProperties> Connect { get; } = Of(
        SessionExpiryInterval, AuthenticationMethod, AuthenticationData, RequestProblemInformation, RequestResponseInformation, ReceiveMaximum,
        TopicAliasMaximum, PropertyId.UserProperty, MaximumPacketSize);

    public static Gen<MqttProperties> ConnAck { get; } = Of(
        SessionExpiryInterval, AssignedClientIdentifier, ServerKeepAlive, AuthenticationMethod, AuthenticationData, ResponseInformation, ServerReference,
        ReasonString, ReceiveMaximum, TopicAliasMaximum, MaximumQoS, RetainAvailable, PropertyId.UserProperty, MaximumPacketSize, WildcardSubscriptionAvailable,
        SubscriptionIdentifierAvailable, SharedSubscriptionAvailable);

    public static Gen<MqttProperties> Acks { get; } = Of(Answer);

    public static Gen<MqttProperties> Subscribe { get; } = Of(SubscriptionIdentifier, PropertyId.UserProperty).Select(
        p => p.SubscriptionIdentifiers.Count <= 1 ? p : new MqttProperties { SubscriptionIdentifiers = [p.SubscriptionIdentifiers[0]], UserProperties = p.UserProperties });

    public static Gen<MqttProperties> Unsubscribe { get; } = Of(PropertyId.UserProperty);

    public static Gen<MqttProperties> Disconnect { get; } = Of([.. Answer, SessionExpiryInterval, ServerReference]);

    public static Gen<MqttProperties> Auth { get; } = Of([.. Answer, AuthenticationData, AuthenticationMethod]).Select(
        p => p.AuthenticationMethod is not null ? p : new MqttProperties { AuthenticationMethod = "M", ReasonString = p.ReasonString, UserProperties = p.UserProperties });

    private static Gen<MqttProperties> Of(params PropertyId[] allowed) => Gen.Select(
        Gen.Select(Gen.ULong, Gen.Bool, Gen.UInt, Gen.UShort[1, ushort.MaxValue]),
        Gen.Select(TextGen.Text, TextGen.TopicName, TextGen.Data),
        Gen.Select(Gen.UInt[1, 268_435_455].List[0, 3], Gen.Select(TextGen.Text, TextGen.Text, (name, value) => new UserProperty(name, value)).List[0, 3]),
        (numbers, texts, lists) => Build(allowed, numbers, texts, lists));

    private static MqttProperties Build(
        PropertyId[] allowed, (ulong Mask, bool Bit, uint Number, ushort Short) numbers, (string Text, string Topic, byte[] Data) texts,
        (List<uint> Identifiers, List<UserProperty> UserProperties) lists)
    {
        var (mask, bit, number, shortNumber) = numbers;
        return new MqttProperties
        {
            PayloadFormatIndicator = Has(PayloadFormatIndicator) ? (byte)(bit ? 1 : 0) : null,
            MessageExpiryInterval = Has(MessageExpiryInterval) ? number : null,
            ContentType = Has(ContentType) ? texts.Text : null,
            ResponseTopic = Has(ResponseTopic) ? texts.Topic : null,
            CorrelationData = Has(CorrelationData) ? texts.Data : default(ReadOnlyMemory<byte>?),
            SubscriptionIdentifiers = Has(SubscriptionIdentifier) ? lists.Identifiers : [],
            SessionExpiryInterval = Has(SessionExpiryInterval) ? number : null,
            AssignedClientIdentifier = Has(AssignedClientIdentifier) ? texts.Text : null,
            ServerKeepAlive = Has(ServerKeepAlive) ? shortNumber : null,
            AuthenticationMethod = Has(AuthenticationMethod) ? texts.Text : null,
            AuthenticationData = Has(AuthenticationMethod) && Has(AuthenticationData) ? texts.Data : default(ReadOnlyMemory<byte>?),
            RequestProblemInformation = Has(RequestProblemInformation) ? bit : null,
            WillDelayInterval = Has(WillDelayInterval) ? number : null,
            RequestResponseInformation = Has(RequestResponseInformation) ? bit : null,
            ResponseInformation = Has(ResponseInformation) ? texts.Text : null,
            ServerReference = Has(ServerReference) ? texts.Text : null,
            ReasonString = Has(ReasonString) ? texts.Text : null,
            ReceiveMaximum = Has(ReceiveMaximum) ? shortNumber : null,
            TopicAliasMaximum = Has(TopicAliasMaximum) ? shortNumber : null,
            TopicAlias = Has(TopicAlias) ? shortNumber : null,
            MaximumQoS = Has(MaximumQoS) ? (bit ? QoS.AtLeastOnce : QoS.AtMostOnce) : null,
            RetainAvailable = Has(RetainAvailable) ? bit : null,
            UserProperties = Has(PropertyId.UserProperty) ? lists.UserProperties : [],
            MaximumPacketSize = Has(MaximumPacketSize) ? Math.Max(number, 1) : null,
            WildcardSubscriptionAvailable = Has(WildcardSubscriptionAvailable) ? bit : null,
            SubscriptionIdentifierAvailable = Has(SubscriptionIdentifierAvailable) ? bit : null,
            SharedSubscriptionAvailable = Has(SharedSubscriptionAvailable) ? bit : null,
        };

        bool Has(PropertyId id) => allowed.Contains(id) && (mask >> (int)id & 1) != 0;
    }
}
