namespace Amqtt.Protocol.Packets;

/// <summary>Writes the body of each packet type in its canonical, shortest form and returns the first byte of the packet.</summary>
internal static class PacketEncoder
{
    private const int QoS1Flags = 0x02;

    public static byte Write(MqttPacket packet, ProtocolVersion version, BodyWriter body)
    {
        var flags = 0;
        switch (packet)
        {
            case ConnectPacket connect:
                Connect(connect, body);
                break;
            case ConnAckPacket connAck:
                body.Byte(connAck.SessionPresent && version != ProtocolVersion.V31 ? (byte)1 : (byte)0);
                body.Byte(version == ProtocolVersion.V5 ? (byte)connAck.Reason : (byte)connAck.Reason.ToReturnCode());
                PropertiesEncoder.Write(body, version, connAck.Properties);
                break;
            case PublishPacket publish:
                flags = (publish.Dup ? 0x08 : 0) | (int)publish.QoS << 1 | (publish.Retain ? 0x01 : 0);
                Publish(publish, version, body);
                break;
            case AckPacket ack:
                flags = ack is PubRelPacket ? QoS1Flags : 0;
                body.UInt16(ack.PacketId);
                OptionalReason(ack.Reason, ack.Properties, version, body);
                break;
            case SubscribePacket subscribe:
                flags = QoS1Flags;
                Subscribe(subscribe, version, body);
                break;
            case SubAckPacket subAck:
                body.UInt16(subAck.PacketId);
                PropertiesEncoder.Write(body, version, subAck.Properties);
                foreach (var reason in subAck.Reasons)
                    body.Byte(version != ProtocolVersion.V5 && reason.IsError() ? (byte)ReasonCode.UnspecifiedError : (byte)reason); // [MQTT-3.9.3-2 of 3.1.1]
                break;
            case UnsubscribePacket unsubscribe:
                flags = QoS1Flags;
                body.UInt16(unsubscribe.PacketId);
                PropertiesEncoder.Write(body, version, unsubscribe.Properties);
                foreach (var filter in unsubscribe.Filters) body.String(filter);
                break;
            case UnsubAckPacket unsubAck:
                body.UInt16(unsubAck.PacketId);
                PropertiesEncoder.Write(body, version, unsubAck.Properties);
                if (version != ProtocolVersion.V5) break;
                foreach (var reason in unsubAck.Reasons) body.Byte((byte)reason);
                break;
            case DisconnectPacket disconnect:
                OptionalReason(disconnect.Reason, disconnect.Properties, version, body);
                break;
            case AuthPacket auth when auth.Reason != ReasonCode.Success || !PropertiesEncoder.IsEmpty(auth.Properties):
                body.Byte((byte)auth.Reason);
                PropertiesEncoder.Write(body, version, auth.Properties);
                break;
        }

        return (byte)((int)packet.Type << 4 | flags);
    }

    /// <summary>The tail of acknowledgements and DISCONNECT: nothing for plain success, and no property length without properties.</summary>
    private static void OptionalReason(ReasonCode reason, MqttProperties properties, ProtocolVersion version, BodyWriter body)
    {
        if (version != ProtocolVersion.V5) return;
        var hasProperties = !PropertiesEncoder.IsEmpty(properties);
        if (reason != ReasonCode.Success || hasProperties) body.Byte((byte)reason);
        if (hasProperties) PropertiesEncoder.Write(body, version, properties);
    }

    private static void Connect(ConnectPacket packet, BodyWriter body)
    {
        var will = packet.Will;
        body.String(packet.Version == ProtocolVersion.V31 ? "MQIsdp" : "MQTT");
        body.Byte((byte)((byte)packet.Version | (packet.IsBridge ? ConnectDecoder.BridgeBit : 0)));
        body.Byte((byte)((packet.CleanStart ? 0x02 : 0)
            | (will is null ? 0 : 0x04 | (int)will.QoS << 3 | (will.Retain ? 0x20 : 0))
            | (packet.Password is null ? 0 : 0x40)
            | (packet.UserName is null ? 0 : 0x80)));
        body.UInt16(packet.KeepAlive);
        PropertiesEncoder.Write(body, packet.Version, packet.Properties);
        body.String(packet.ClientId);
        if (will is not null)
        {
            PropertiesEncoder.Write(body, packet.Version, will.Properties);
            body.String(will.Topic);
            body.Binary(will.Payload.Span);
        }

        if (packet.UserName is not null) body.String(packet.UserName);
        if (packet.Password is { } password) body.Binary(password.Span);
    }

    private static void Publish(PublishPacket packet, ProtocolVersion version, BodyWriter body)
    {
        body.String(packet.Topic);
        if (packet.QoS != QoS.AtMostOnce) body.UInt16(packet.PacketId); // [MQTT-2.2.1-2]
        PropertiesEncoder.Write(body, version, packet.Properties);
        body.Raw(packet.Payload.Span);
    }

    private static void Subscribe(SubscribePacket packet, ProtocolVersion version, BodyWriter body)
    {
        body.UInt16(packet.PacketId);
        PropertiesEncoder.Write(body, version, packet.Properties);
        foreach (var (filter, options) in packet.Subscriptions)
        {
            body.String(filter);
            body.Byte(options.ToByte(version));
        }
    }
}
