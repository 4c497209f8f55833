using System.Buffers.Binary;
using System.Net;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Listeners.Proxy;

/// <summary>Version 2: twelve bytes of signature, version and command, family and transport, length; then the addresses, and additions that are passed over.</summary>
internal static class ProxyBinary
{
    private const int FixedLength = 16;
    private const int Version2 = 0x20;
    private const int CommandLocal = 0;
    private const int CommandProxy = 1;
    private const int IPv4Length = 12;
    private const int IPv6Length = 36;
    private const int UnixLength = 216;

    // The protocol allows 65,535. The additions in use (authority, TLS, cloud identifiers) take some hundred bytes; a bound keeps a stranger from having more read.
    private const int MaximumLength = 4096;

    /// <summary>How the header begins; no text and no MQTT packet does so.</summary>
    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <inheritdoc cref="ProxyHeader.TryRead"/>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int missing)
    {
        header = default;
        missing = FixedLength - bytes.Length;
        if (missing > 0) return false;
        int rest = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        if ((bytes[12] & 0xF0) != Version2) throw new ProxyProtocolException($"the PROXY header has version {bytes[12] >> 4}; expected 2");
        if (rest > MaximumLength) throw new ProxyProtocolException($"the PROXY header has {rest} bytes; expected at most {MaximumLength}");
        missing = FixedLength + rest - bytes.Length;
        if (missing > 0) return false;
        missing = 0;
        header = Parse(bytes[12] & 0x0F, bytes[13], bytes.Slice(FixedLength, rest)) with { Length = FixedLength + rest };
        return true;
    }

    private static ProxyHeader Parse(int command, byte familyAndTransport, ReadOnlySpan<byte> body)
    {
        if (command == CommandLocal) return new(0, IsLocal: true, null); // whatever it says besides is to be discarded
        if (command != CommandProxy) throw new ProxyProtocolException($"the PROXY header has command {command}; expected 0 or 1");
        switch (familyAndTransport)
        {
            case 0x00: // unspecified: the proxy does not know
                CheckAdditions(body);
                return new(0, IsLocal: true, null);
            case 0x11: // IPv4, stream
                CheckAdditions(body, IPv4Length);
                return new(0, IsLocal: false, new IPEndPoint(new IPAddress(body[..4]), BinaryPrimitives.ReadUInt16BigEndian(body[8..])));
            case 0x21: // IPv6, stream
                CheckAdditions(body, IPv6Length);
                return new(0, IsLocal: false, new IPEndPoint(new IPAddress(body[..16]).Unmapped(), BinaryPrimitives.ReadUInt16BigEndian(body[32..])));
            case 0x31: // Unix, stream
                CheckAdditions(body, UnixLength);
                return new(0, IsLocal: false, null);
            default:
                throw new ProxyProtocolException($"the PROXY header has family and transport 0x{familyAndTransport:X2}; expected a stream over IPv4, IPv6 or a Unix socket");
        }
    }

    /// <summary>Additions are type, length, value; they have to fill what is left exactly.</summary>
    private static void CheckAdditions(ReadOnlySpan<byte> body, int addresses = 0)
    {
        if (body.Length < addresses) throw new ProxyProtocolException($"the PROXY header has {body.Length} bytes of addresses; expected {addresses}");
        ReadOnlySpan<byte> additions = body[addresses..];
        while (!additions.IsEmpty)
        {
            int length = additions.Length < 3 ? int.MaxValue : 3 + BinaryPrimitives.ReadUInt16BigEndian(additions[1..]);
            if (length > additions.Length) throw new ProxyProtocolException("the PROXY header ends within an addition");
            additions = additions[length..];
        }
    }
}
