namespace Amqtt.Protocol;

/// <summary>The fixed header of a packet: type, flags and length (section 2.1). Reading it allocates nothing.</summary>
public readonly struct FrameHeader
{
    private readonly byte _headerLength;

    /// <summary>Creates the header of a packet whose body, everything behind the fixed header, is already at hand.</summary>
    public FrameHeader(byte firstByte, int remainingLength)
        : this(firstByte, remainingLength, 1 + Wire.VariableByteIntegerLength(remainingLength))
    {
    }

    private FrameHeader(byte firstByte, int remainingLength, int headerLength)
    {
        FirstByte = firstByte;
        RemainingLength = remainingLength;
        _headerLength = (byte)headerLength;
    }

    /// <summary>The first byte of the packet.</summary>
    public byte FirstByte { get; }

    /// <summary>The packet type, 0 (reserved) included: see <see cref="ValidateFlags"/>.</summary>
    public PacketType Type => (PacketType)(FirstByte >> 4);

    /// <summary>The four flag bits.</summary>
    public byte Flags => (byte)(FirstByte & 0x0F);

    /// <summary>The length of the fixed header itself, 2 to 5 bytes.</summary>
    public int HeaderLength => _headerLength;

    /// <summary>The number of bytes that follow the fixed header.</summary>
    public int RemainingLength { get; }

    /// <summary>The whole packet in bytes: what Maximum Packet Size counts.</summary>
    public int TotalLength => HeaderLength + RemainingLength;

    /// <summary>Reads the fixed header at the start of <paramref name="buffer"/>; the body need not have arrived yet.</summary>
    /// <param name="buffer">The bytes received so far.</param>
    /// <param name="maxPacketSize">The largest <see cref="TotalLength"/> accepted.</param>
    /// <param name="header">The header, when the result is true.</param>
    /// <returns>False when the fixed header is not complete yet.</returns>
    /// <exception cref="CodecException">
    /// The length is not a proper Variable Byte Integer (<see cref="ReasonCode.MalformedPacket"/>), or announces a packet above
    /// <paramref name="maxPacketSize"/> (<see cref="ReasonCode.PacketTooLarge"/>), whether or not its body has arrived.
    /// </exception>
    public static bool TryRead(ReadOnlySpan<byte> buffer, int maxPacketSize, out FrameHeader header)
    {
        if (buffer.Length >= 2)
        {
            int remaining = buffer[1];
            var length = 1;
            if (remaining < 0x80 || Wire.TryReadVariableByteInteger(buffer[1..], out remaining, out length))
            {
                header = new FrameHeader(buffer[0], remaining, 1 + length);
                if (header.TotalLength > maxPacketSize) ThrowTooLarge(header, maxPacketSize);
                return true;
            }
        }

        header = default;
        return false;
    }

    /// <summary>
    /// Checks what the fixed header alone can tell: the type exists in this version, its flag bits have their fixed value
    /// [MQTT-2.1.3-1, MQTT-3.6.1-1, MQTT-3.8.1-1, MQTT-3.10.1-1], a PUBLISH is not QoS 3 [MQTT-3.3.1-4], and packets without a body have none.
    /// </summary>
    /// <remarks>
    /// 3.1 describes PUBREL, SUBSCRIBE and UNSUBSCRIBE as QoS 1 packets that may be sent again, so DUP is accepted there;
    /// its CONNECT does not use the flags (3.1, section 3.1), so they mean nothing.
    /// DUP on a QoS 0 PUBLISH is for <see cref="PublishFrame"/> to judge, which knows who sent it.
    /// </remarks>
    /// <exception cref="CodecException"><see cref="ReasonCode.MalformedPacket"/>.</exception>
    public void ValidateFlags(ProtocolVersion version)
    {
        const byte reserved0010 = 0x02, dup = 0x08;
        switch (Type)
        {
            case PacketType.Publish:
                if ((FirstByte & 0x06) == 0x06) CodecError.Header(FirstByte, "PUBLISH has QoS 0, 1 or 2, not 3.");
                break;
            case PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe:
                var flags = version == ProtocolVersion.V31 ? Flags & ~dup : Flags;
                if (flags != reserved0010) CodecError.Header(FirstByte, $"the flag bits of {Type.Name()} are 0010.");
                break;
            case PacketType.Connect when version == ProtocolVersion.V31:
                break;
            case PacketType.Reserved:
                CodecError.Header(FirstByte, "packet type 0 is reserved.");
                break;
            case PacketType.Auth when version != ProtocolVersion.V5:
                CodecError.Header(FirstByte, "packet type 15 is reserved before MQTT 5.0.");
                break;
            default:
                if (Flags != 0) CodecError.Header(FirstByte, $"the flag bits of {Type.Name()} are 0000.");
                if (RemainingLength != 0 && HasNoBody(version)) CodecError.Header(FirstByte, $"{Type.Name()} ends with the fixed header; bytes that follow: {RemainingLength}.");
                break;
        }
    }

    private bool HasNoBody(ProtocolVersion version) =>
        Type is PacketType.PingReq or PacketType.PingResp || (Type == PacketType.Disconnect && version != ProtocolVersion.V5);

    private static void ThrowTooLarge(FrameHeader header, int maxPacketSize) =>
        CodecError.TooLarge($"{header.Type.Name()} of {header.TotalLength} bytes announced; at most {maxPacketSize} are accepted.");
}
