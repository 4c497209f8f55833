namespace Amqtt.Protocol.Packets;

/// <summary>Writes a property block, in ascending order of the identifiers. What is not allowed in the packet is found when the packet is read back.</summary>
internal static class PropertiesEncoder
{
    /// <summary>Writes the block with its length; nothing before 5.0.</summary>
    public static void Write(BodyWriter body, ProtocolVersion version, MqttProperties properties)
    {
        if (version != ProtocolVersion.V5) return;
        if (ReferenceEquals(properties, MqttProperties.Empty)) body.Byte(0);
        else body.WithLength(properties, WriteAll);
    }

    /// <summary>The block without its length.</summary>
    public static byte[] Block(PacketType packet, MqttProperties properties)
    {
        if (ReferenceEquals(properties, MqttProperties.Empty)) return [];
        using var body = new BodyWriter(packet);
        WriteAll(body, properties);
        return body.Written.ToArray();
    }

    /// <summary>Whether the block would have no bytes.</summary>
    public static bool IsEmpty(MqttProperties properties)
    {
        if (ReferenceEquals(properties, MqttProperties.Empty)) return true;
        using var body = new BodyWriter(PacketType.Reserved);
        WriteAll(body, properties);
        return body.Written.IsEmpty;
    }

    private static void WriteAll(BodyWriter body, MqttProperties p)
    {
        Byte(body, PropertyId.PayloadFormatIndicator, p.PayloadFormatIndicator);
        UInt32(body, PropertyId.MessageExpiryInterval, p.MessageExpiryInterval);
        String(body, PropertyId.ContentType, p.ContentType);
        String(body, PropertyId.ResponseTopic, p.ResponseTopic);
        Binary(body, PropertyId.CorrelationData, p.CorrelationData);
        foreach (var identifier in p.SubscriptionIdentifiers)
        {
            body.Byte((byte)PropertyId.SubscriptionIdentifier);
            body.VariableByteInteger(identifier);
        }

        UInt32(body, PropertyId.SessionExpiryInterval, p.SessionExpiryInterval);
        String(body, PropertyId.AssignedClientIdentifier, p.AssignedClientIdentifier);
        UInt16(body, PropertyId.ServerKeepAlive, p.ServerKeepAlive);
        String(body, PropertyId.AuthenticationMethod, p.AuthenticationMethod);
        Binary(body, PropertyId.AuthenticationData, p.AuthenticationData);
        Bool(body, PropertyId.RequestProblemInformation, p.RequestProblemInformation);
        UInt32(body, PropertyId.WillDelayInterval, p.WillDelayInterval);
        Bool(body, PropertyId.RequestResponseInformation, p.RequestResponseInformation);
        String(body, PropertyId.ResponseInformation, p.ResponseInformation);
        String(body, PropertyId.ServerReference, p.ServerReference);
        String(body, PropertyId.ReasonString, p.ReasonString);
        UInt16(body, PropertyId.ReceiveMaximum, p.ReceiveMaximum);
        UInt16(body, PropertyId.TopicAliasMaximum, p.TopicAliasMaximum);
        UInt16(body, PropertyId.TopicAlias, p.TopicAlias);
        Byte(body, PropertyId.MaximumQoS, (byte?)p.MaximumQoS);
        Bool(body, PropertyId.RetainAvailable, p.RetainAvailable);
        foreach (var (name, value) in p.UserProperties)
        {
            body.Byte((byte)PropertyId.UserProperty);
            body.String(name);
            body.String(value);
        }

        UInt32(body, PropertyId.MaximumPacketSize, p.MaximumPacketSize);
        Bool(body, PropertyId.WildcardSubscriptionAvailable, p.WildcardSubscriptionAvailable);
        Bool(body, PropertyId.SubscriptionIdentifierAvailable, p.SubscriptionIdentifierAvailable);
        Bool(body, PropertyId.SharedSubscriptionAvailable, p.SharedSubscriptionAvailable);
    }

    private static void Byte(BodyWriter body, PropertyId id, byte? value)
    {
        if (value is not { } b) return;
        body.Byte((byte)id);
        body.Byte(b);
    }

    private static void Bool(BodyWriter body, PropertyId id, bool? value) => Byte(body, id, value is { } b ? (b ? (byte)1 : (byte)0) : null);

    private static void UInt16(BodyWriter body, PropertyId id, ushort? value)
    {
        if (value is not { } number) return;
        body.Byte((byte)id);
        body.UInt16(number);
    }

    private static void UInt32(BodyWriter body, PropertyId id, uint? value)
    {
        if (value is not { } number) return;
        body.Byte((byte)id);
        body.UInt32(number);
    }

    private static void String(BodyWriter body, PropertyId id, string? value)
    {
        if (value is null) return;
        body.Byte((byte)id);
        body.String(value);
    }

    private static void Binary(BodyWriter body, PropertyId id, ReadOnlyMemory<byte>? value)
    {
        if (value is not { } bytes) return;
        body.Byte((byte)id);
        body.Binary(bytes.Span);
    }
}
