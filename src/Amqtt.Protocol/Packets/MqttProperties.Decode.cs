using System.Text;

namespace Amqtt.Protocol.Packets;

public sealed partial class MqttProperties
{
    /// <summary>Creates an empty set; give it values with an object initializer.</summary>
    public MqttProperties()
    {
    }

    private MqttProperties(PropertyReader reader, PacketType packet, int offset, DecoderLimits limits)
    {
        List<uint>? subscriptionIdentifiers = null;
        List<UserProperty>? userProperties = null;
        var userPropertyBytes = 0;

        while (reader.MoveNext())
        {
            switch (reader.Id)
            {
                case PropertyId.PayloadFormatIndicator: PayloadFormatIndicator = (byte)reader.Number; break;
                case PropertyId.MessageExpiryInterval: MessageExpiryInterval = reader.Number; break;
                case PropertyId.ContentType: ContentType = Text(reader.Value); break;
                case PropertyId.ResponseTopic: ResponseTopic = Text(reader.Value); break;
                case PropertyId.CorrelationData: CorrelationData = reader.Value.ToArray(); break;
                case PropertyId.SubscriptionIdentifier: (subscriptionIdentifiers ??= []).Add(reader.Number); break;
                case PropertyId.SessionExpiryInterval: SessionExpiryInterval = reader.Number; break;
                case PropertyId.AssignedClientIdentifier: AssignedClientIdentifier = Text(reader.Value); break;
                case PropertyId.ServerKeepAlive: ServerKeepAlive = (ushort)reader.Number; break;
                case PropertyId.AuthenticationMethod: AuthenticationMethod = Text(reader.Value); break;
                case PropertyId.AuthenticationData: AuthenticationData = reader.Value.ToArray(); break;
                case PropertyId.RequestProblemInformation: RequestProblemInformation = reader.Number == 1; break;
                case PropertyId.WillDelayInterval: WillDelayInterval = reader.Number; break;
                case PropertyId.RequestResponseInformation: RequestResponseInformation = reader.Number == 1; break;
                case PropertyId.ResponseInformation: ResponseInformation = Text(reader.Value); break;
                case PropertyId.ServerReference: ServerReference = Text(reader.Value); break;
                case PropertyId.ReasonString: ReasonString = Text(reader.Value); break;
                case PropertyId.ReceiveMaximum: ReceiveMaximum = (ushort)reader.Number; break;
                case PropertyId.TopicAliasMaximum: TopicAliasMaximum = (ushort)reader.Number; break;
                case PropertyId.TopicAlias: TopicAlias = (ushort)reader.Number; break;
                case PropertyId.MaximumQoS: MaximumQoS = (QoS)reader.Number; break;
                case PropertyId.RetainAvailable: RetainAvailable = reader.Number == 1; break;
                case PropertyId.MaximumPacketSize: MaximumPacketSize = reader.Number; break;
                case PropertyId.WildcardSubscriptionAvailable: WildcardSubscriptionAvailable = reader.Number == 1; break;
                case PropertyId.SubscriptionIdentifierAvailable: SubscriptionIdentifierAvailable = reader.Number == 1; break;
                case PropertyId.SharedSubscriptionAvailable: SharedSubscriptionAvailable = reader.Number == 1; break;
                case PropertyId.UserProperty:
                    // Before the strings are made: what is refused must not cost memory first.
                    userPropertyBytes += reader.Name.Length + reader.Value.Length;
                    if (userProperties?.Count >= limits.MaxUserProperties || limits.MaxUserProperties == 0 || userPropertyBytes > limits.MaxUserPropertyBytes)
                        ThrowTooManyUserProperties(packet, offset + reader.Start, limits);
                    (userProperties ??= []).Add(new UserProperty(Text(reader.Name), Text(reader.Value)));
                    break;
            }
        }

        if (subscriptionIdentifiers is not null) SubscriptionIdentifiers = subscriptionIdentifiers;
        if (userProperties is not null) UserProperties = userProperties;
    }

    /// <summary>Decodes a property block, given without its length.</summary>
    internal static MqttProperties Decode(ReadOnlySpan<byte> raw, PacketType packet, PropertyScope scope, PacketSender sender, int offset, DecoderLimits limits) =>
        raw.IsEmpty ? Empty : new MqttProperties(new PropertyReader(raw, packet, scope, sender, offset), packet, offset, limits);

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    private static void ThrowTooManyUserProperties(PacketType packet, int offset, DecoderLimits limits) =>
        CodecError.Throw(ReasonCode.PacketTooLarge, packet, offset,
            $"more than {limits.MaxUserProperties} user properties, or more than {limits.MaxUserPropertyBytes} bytes of them.", ProtocolVersion.V5);
}
