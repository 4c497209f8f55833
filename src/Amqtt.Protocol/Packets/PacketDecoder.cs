namespace Amqtt.Protocol.Packets;

/// <summary>Decodes the body of each packet type but CONNECT, which has a file of its own.</summary>
internal static class PacketDecoder
{
    public static MqttPacket Decode(byte firstByte, PacketType type, ReadOnlySpan<byte> body, ProtocolVersion version, PacketSender sender, DecoderLimits limits)
    {
        switch (type)
        {
            // The frames are the only readers of these packets, so that hot path and objects cannot disagree.
            case PacketType.Publish:
                return Publish(new PublishFrame(version, firstByte, body, sender), sender, limits);
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                return Ack(type, AckFrame.Parse(version, type, body), limits);
            case PacketType.PingReq:
                return PingReqPacket.Instance;
            case PacketType.PingResp:
                return PingRespPacket.Instance;
        }

        var reader = new BodyReader(version, type, body, sender, limits);
        MqttPacket packet = type switch
        {
            PacketType.Connect => ConnectDecoder.Decode(firstByte, ref reader),
            PacketType.ConnAck => ConnAck(ref reader),
            PacketType.Subscribe => Subscribe(ref reader),
            PacketType.SubAck => SubAck(ref reader),
            PacketType.Unsubscribe => Unsubscribe(ref reader),
            PacketType.UnsubAck => UnsubAck(ref reader),
            PacketType.Disconnect => Disconnect(ref reader),
            _ => Auth(ref reader),
        };
        reader.ExpectEnd();
        return packet;
    }

    /// <summary>Authentication Data without Authentication Method is a protocol error (section 3.1.2.11.10).</summary>
    public static MqttProperties ReadPropertiesWithMethod(ref BodyReader reader, PropertyScope scope)
    {
        var properties = reader.ReadProperties(scope);
        if (properties.AuthenticationData is not null && properties.AuthenticationMethod is null)
            reader.Protocol("there is authentication data, but no authentication method.");
        return properties;
    }

    private static PublishPacket Publish(PublishFrame frame, PacketSender sender, DecoderLimits limits) => new()
    {
        Topic = System.Text.Encoding.UTF8.GetString(frame.Topic),
        Payload = frame.Payload.ToArray(),
        QoS = frame.QoS,
        Retain = frame.Retain,
        Dup = frame.Dup,
        PacketId = frame.PacketId,
        Properties = MqttProperties.Decode(frame.Properties.Raw, PacketType.Publish, PropertyScope.Publish, sender, 0, limits),
    };

    private static AckPacket Ack(PacketType type, AckFrame frame, DecoderLimits limits)
    {
        var properties = MqttProperties.Decode(frame.Properties, type, PropertyTable.ScopeOf(type), PacketSender.Either, 0, limits);
        return type switch
        {
            PacketType.PubAck => new PubAckPacket { PacketId = frame.PacketId, Reason = frame.Reason, Properties = properties },
            PacketType.PubRec => new PubRecPacket { PacketId = frame.PacketId, Reason = frame.Reason, Properties = properties },
            PacketType.PubRel => new PubRelPacket { PacketId = frame.PacketId, Reason = frame.Reason, Properties = properties },
            _ => new PubCompPacket { PacketId = frame.PacketId, Reason = frame.Reason, Properties = properties },
        };
    }

    private static ConnAckPacket ConnAck(ref BodyReader reader)
    {
        var flags = reader.ReadByte("acknowledge flags");
        if (reader.Version == ProtocolVersion.V31) flags = 0; // reserved there, and not said to be 0
        if (flags > 1) reader.Malformed($"the acknowledge flags are 0x{flags:X2}; only bit 0 may be set."); // [MQTT-3.2.2-1]

        var reason = ReadConnAckReason(ref reader);
        if (flags != 0 && reason != ReasonCode.Success) reader.Protocol("a refusal says that a session is present."); // [MQTT-3.2.2-6]
        return new ConnAckPacket
        {
            SessionPresent = flags != 0,
            Reason = reason,
            Properties = ReadPropertiesWithMethod(ref reader, PropertyScope.ConnAck),
        };
    }

    private static ReasonCode ReadConnAckReason(ref BodyReader reader)
    {
        if (reader.IsV5) return ReadReason(ref reader, PacketType.ConnAck);

        var code = (ConnectReturnCode)reader.ReadByte("return code");
        if (code > ConnectReturnCode.NotAuthorized) reader.Protocol($"return code {(byte)code} is reserved; 0 to 5 are used.");
        return code.ToReasonCode();
    }

    private static SubscribePacket Subscribe(ref BodyReader reader)
    {
        var packetId = reader.ReadPacketId();
        var properties = reader.ReadProperties(PropertyScope.Subscribe);
        var subscriptions = new List<SubscriptionRequest>();
        while (!reader.IsAtEnd)
        {
            var filter = reader.ReadFilter(subscriptions.Count);
            subscriptions.Add(new SubscriptionRequest(filter, ReadOptions(ref reader, filter)));
        }

        if (subscriptions.Count == 0) reader.Protocol("there is no topic filter; at least one is required."); // [MQTT-3.8.3-2]
        return new SubscribePacket { PacketId = packetId, Subscriptions = subscriptions, Properties = properties };
    }

    private static SubscriptionOptions ReadOptions(ref BodyReader reader, string filter)
    {
        var value = reader.ReadByte("subscription options");
        if (!reader.IsV5)
        {
            if (value > 2) reader.Malformed($"the requested QoS is 0x{value:X2}; it is 0, 1 or 2."); // [MQTT-3-8.3-4 of 3.1.1]
        }
        else
        {
            if ((value & 0xC0) != 0) reader.Malformed($"the subscription options are 0x{value:X2}; bits 7 and 6 are reserved."); // [MQTT-3.8.3-5]
            if ((value & 0x03) == 3) reader.Protocol("the maximum QoS is 3; it is 0, 1 or 2.");
            if ((value & 0x30) == 0x30) reader.Protocol("Retain Handling is 3; it is 0, 1 or 2.");
        }

        var options = SubscriptionOptions.FromByte(value);
        if (options.NoLocal && SharedSubscription.IsShared(filter)) reader.Protocol("No Local is set on a shared subscription."); // [MQTT-3.8.3-4]
        return options;
    }

    private static SubAckPacket SubAck(ref BodyReader reader) => new()
    {
        PacketId = reader.ReadPacketId(),
        Properties = reader.ReadProperties(PropertyScope.SubAcks),
        Reasons = ReadReasons(ref reader, PacketType.SubAck),
    };

    private static UnsubscribePacket Unsubscribe(ref BodyReader reader)
    {
        var packetId = reader.ReadPacketId();
        var properties = reader.ReadProperties(PropertyScope.Unsubscribe);
        var filters = new List<string>();
        while (!reader.IsAtEnd) filters.Add(reader.ReadFilter(filters.Count));
        if (filters.Count == 0) reader.Protocol("there is no topic filter; at least one is required."); // [MQTT-3.10.3-2]
        return new UnsubscribePacket { PacketId = packetId, Filters = filters, Properties = properties };
    }

    private static UnsubAckPacket UnsubAck(ref BodyReader reader) => new()
    {
        PacketId = reader.ReadPacketId(),
        Properties = reader.ReadProperties(PropertyScope.SubAcks),
        Reasons = reader.IsV5 ? ReadReasons(ref reader, PacketType.UnsubAck) : [],
    };

    private static DisconnectPacket Disconnect(ref BodyReader reader) => new()
    {
        // Remaining Length 0 means a normal disconnection, 1 that there are no properties (sections 3.14.2.1 and 3.14.2.2.1).
        Reason = reader.IsAtEnd ? ReasonCode.Success : ReadReason(ref reader, PacketType.Disconnect),
        Properties = reader.IsAtEnd ? MqttProperties.Empty : reader.ReadProperties(PropertyScope.Disconnect),
    };

    private static AuthPacket Auth(ref BodyReader reader)
    {
        // Remaining Length 0 is success without properties (section 3.15.2.1); whether the method may be missing then is for the connection to know.
        if (reader.IsAtEnd) return new AuthPacket();

        var reason = ReadReason(ref reader, PacketType.Auth);
        var properties = ReadPropertiesWithMethod(ref reader, PropertyScope.Auth);
        if (properties.AuthenticationMethod is null) reader.Protocol("there is no authentication method; it is required.");
        return new AuthPacket { Reason = reason, Properties = properties };
    }

    private static ReasonCode ReadReason(ref BodyReader reader, PacketType packet)
    {
        var reason = (ReasonCode)reader.ReadByte("reason code");
        if (!reason.IsAllowedIn(packet, reader.Sender)) reader.Protocol($"reason code 0x{(byte)reason:X2} does not belong to this packet.");
        return reason;
    }

    private static List<ReasonCode> ReadReasons(ref BodyReader reader, PacketType packet)
    {
        var reasons = new List<ReasonCode>();
        while (!reader.IsAtEnd)
        {
            var reason = ReadReason(ref reader, packet);
            if (!reader.IsV5 && reason > ReasonCode.UnspecifiedError) reader.Protocol($"return code 0x{(byte)reason:X2} is reserved."); // [MQTT-3.9.3-2 of 3.1.1]
            reasons.Add(reason);
        }

        if (reasons.Count == 0) reader.Protocol("there is no reason code; one per topic filter is required.");
        return reasons;
    }
}
