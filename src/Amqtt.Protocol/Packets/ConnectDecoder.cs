namespace Amqtt.Protocol.Packets;

/// <summary>Decodes CONNECT (section 3.1), which also decides the version of everything that follows.</summary>
internal static class ConnectDecoder
{
    /// <summary>What mosquitto's bridges add to the protocol level 3 or 4. See <see cref="ConnectPacket.IsBridge"/>.</summary>
    public const byte BridgeBit = 0x80;

    [Flags]
    private enum ConnectFlags : byte
    {
        None = 0,
        Reserved = 0x01,
        CleanStart = 0x02,
        Will = 0x04,
        WillQoS = 0x18,
        WillRetain = 0x20,
        Password = 0x40,
        UserName = 0x80,
    }

    public static ConnectPacket Decode(byte firstByte, ref BodyReader reader)
    {
        var version = ReadVersion(ref reader, out var isBridge);
        reader.Version = version;
        new FrameHeader(firstByte, 0).ValidateFlags(version);
        var flags = ReadFlags(ref reader);

        // The order of the fields is [MQTT-3.1.3-1]; an object initializer evaluates in the order written.
        return new ConnectPacket
        {
            Version = version,
            IsBridge = isBridge,
            CleanStart = flags.HasFlag(ConnectFlags.CleanStart),
            KeepAlive = reader.ReadUInt16("keep alive"),
            Properties = PacketDecoder.ReadPropertiesWithMethod(ref reader, PropertyScope.Connect),
            ClientId = reader.ReadString("client identifier"),
            Will = flags.HasFlag(ConnectFlags.Will) ? ReadWill(ref reader, flags) : null,
            UserName = flags.HasFlag(ConnectFlags.UserName) && !IsMissing(reader) ? reader.ReadString("user name") : null,
            Password = flags.HasFlag(ConnectFlags.Password) && !IsMissing(reader) ? reader.ReadBinary("password").ToArray() : default(ReadOnlyMemory<byte>?),
        };
    }

    /// <summary>In 3.1 the flags may promise fields that are not there; Remaining Length decides (3.1, section 3.1, "User name and password flags").</summary>
    private static bool IsMissing(in BodyReader reader) => reader.Version == ProtocolVersion.V31 && reader.IsAtEnd;

    private static ProtocolVersion ReadVersion(ref BodyReader reader, out bool isBridge)
    {
        reader.Version = null; // nothing is known about the peer yet
        var name = reader.ReadBinary("protocol name");
        var isMqtt = name.SequenceEqual("MQTT"u8);
        var isOld = name.SequenceEqual("MQIsdp"u8);
        if (!isMqtt && !isOld) reader.Malformed("the protocol name is neither MQTT nor MQIsdp."); // [MQTT-3.1.2-1]

        var level = reader.ReadByte("protocol level");
        var version = (ProtocolVersion)(level & ~BridgeBit);
        isBridge = (level & BridgeBit) != 0;
        var belongsToName = isOld ? version == ProtocolVersion.V31 : version == ProtocolVersion.V311 || level == (byte)ProtocolVersion.V5;
        if (!belongsToName) reader.UnsupportedVersion(level, expectsReturnCode: level <= (byte)ProtocolVersion.V5 || IsLaidOutAsIn311(reader.Rest)); // [MQTT-3.1.2-2]
        return version;
    }

    /// <summary>Whether what follows a level that nobody knows is exactly what 3.1.1 has there. With properties it is not: their length would be part of another.</summary>
    private static bool IsLaidOutAsIn311(ReadOnlySpan<byte> rest)
    {
        const int flagsAndKeepAlive = 3;
        if (rest.Length < flagsAndKeepAlive) return false;
        var flags = (ConnectFlags)rest[0];
        var fields = 1 + (flags.HasFlag(ConnectFlags.Will) ? 2 : 0) + (flags.HasFlag(ConnectFlags.UserName) ? 1 : 0) + (flags.HasFlag(ConnectFlags.Password) ? 1 : 0);
        rest = rest[flagsAndKeepAlive..];
        for (; fields > 0; fields--)
        {
            if (rest.Length < 2 || rest.Length < 2 + Wire.ReadUInt16(rest)) return false;
            rest = rest[(2 + Wire.ReadUInt16(rest))..];
        }

        return rest.IsEmpty;
    }

    private static ConnectFlags ReadFlags(ref BodyReader reader)
    {
        var flags = (ConnectFlags)reader.ReadByte("connect flags");
        if (reader.Version == ProtocolVersion.V31) flags = WithoutUnused(flags);
        if (flags.HasFlag(ConnectFlags.Reserved)) reader.Malformed("bit 0 of the connect flags is set; it is reserved."); // [MQTT-3.1.2-3]
        if (WillQoS(flags) > QoS.ExactlyOnce) reader.Malformed("the will's QoS is 3; it is 0, 1 or 2."); // [MQTT-3.1.2-12]

        if (!flags.HasFlag(ConnectFlags.Will) && (flags & (ConnectFlags.WillQoS | ConnectFlags.WillRetain)) != ConnectFlags.None)
            reader.Malformed("QoS or RETAIN of a will is set without the will flag."); // [MQTT-3.1.2-11, MQTT-3.1.2-13]

        if (!reader.IsV5 && flags.HasFlag(ConnectFlags.Password) && !flags.HasFlag(ConnectFlags.UserName))
            reader.Malformed("there is a password without a user name, which only MQTT 5.0 allows."); // [MQTT-3.1.2-22 of 3.1.1]

        return flags;
    }

    /// <summary>In 3.1 bit 0 is not used, and without a will its QoS and RETAIN are disregarded (3.1, section 3.1, "Connect flags").</summary>
    private static ConnectFlags WithoutUnused(ConnectFlags flags)
    {
        flags &= ~ConnectFlags.Reserved;
        return flags.HasFlag(ConnectFlags.Will) ? flags : flags & ~(ConnectFlags.WillQoS | ConnectFlags.WillRetain);
    }

    private static WillMessage ReadWill(ref BodyReader reader, ConnectFlags flags) => new()
    {
        QoS = WillQoS(flags),
        Retain = flags.HasFlag(ConnectFlags.WillRetain),
        Properties = reader.ReadProperties(PropertyScope.Will),
        Topic = ReadWillTopic(ref reader),
        Payload = reader.ReadBinary("will payload").ToArray(),
    };

    private static string ReadWillTopic(ref BodyReader reader)
    {
        var topic = reader.ReadString("will topic");
        if (!TopicName.IsValid(topic)) reader.Protocol("the will topic is empty or holds a wildcard."); // [MQTT-4.7.3-1, MQTT-4.7.0-1]
        return topic;
    }

    private static QoS WillQoS(ConnectFlags flags) => (QoS)((byte)(flags & ConnectFlags.WillQoS) >> 3);
}
