using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Listeners.Proxy;

/// <summary>Version 1: <c>PROXY TCP4 192.0.2.1 192.0.2.2 56324 1883</c> and CR LF; with <c>UNKNOWN</c>, anything may follow.</summary>
internal static class ProxyText
{
    // The longest line that the protocol has, with CR LF.
    private const int MaximumLength = 107;
    private const string Shape = "expected 'PROXY TCP4|TCP6 source destination source-port destination-port' or 'PROXY UNKNOWN', ended by CR LF";

    private static readonly SearchValues<byte> AddressBytes = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    /// <summary>How the line begins.</summary>
    public static ReadOnlySpan<byte> Prefix => "PROXY "u8;

    /// <inheritdoc cref="ProxyHeader.TryRead"/>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int missing)
    {
        int end = bytes[..Math.Min(bytes.Length, MaximumLength)].IndexOf((byte)'\n');
        if (end < 0)
        {
            if (bytes.Length >= MaximumLength) throw new ProxyProtocolException($"the PROXY line is longer than {MaximumLength} bytes");
            header = default;
            missing = 1;
            return false;
        }

        missing = 0;
        if (bytes[end - 1] != '\r') throw Wrong();
        header = Parse(bytes[Prefix.Length..(end - 1)]) with { Length = end + 1 };
        return true;
    }

    private static ProxyHeader Parse(ReadOnlySpan<byte> fields)
    {
        if (fields.SequenceEqual("UNKNOWN"u8) || fields.StartsWith("UNKNOWN "u8)) return new(0, IsLocal: true, null);
        Span<Range> parts = stackalloc Range[6];
        int count = Split(fields, parts);
        if (count != 5) throw Wrong();
        AddressFamily family = fields[parts[0]] switch
        {
            var name when name.SequenceEqual("TCP4"u8) => AddressFamily.InterNetwork,
            var name when name.SequenceEqual("TCP6"u8) => AddressFamily.InterNetworkV6,
            _ => throw Wrong(),
        };
        IPAddress source = Address(fields[parts[1]], family);
        _ = Address(fields[parts[2]], family);
        int port = Port(fields[parts[3]]);
        _ = Port(fields[parts[4]]);
        // A proxy that listens on [::] writes its IPv4 clients this way.
        return new(0, IsLocal: false, new IPEndPoint(source.Unmapped(), port));
    }

    private static int Split(ReadOnlySpan<byte> fields, Span<Range> parts)
    {
        int count = 0;
        foreach (Range part in fields.Split((byte)' '))
        {
            if (count == parts.Length) return count;
            parts[count++] = part;
        }

        return count;
    }

    private static IPAddress Address(ReadOnlySpan<byte> text, AddressFamily family)
    {
        if (text.IsEmpty || text.ContainsAnyExcept(AddressBytes)) throw Wrong();
        string address = Encoding.ASCII.GetString(text);
        if (!IPAddress.TryParse(address, out IPAddress? parsed) || parsed.AddressFamily != family) throw Wrong();
        // "1", "0x7f.1" and "010.0.0.1" are addresses to the framework, and no two readers agree on which.
        if (family == AddressFamily.InterNetwork && parsed.ToString() != address) throw Wrong();
        return parsed;
    }

    private static int Port(ReadOnlySpan<byte> text)
    {
        bool isNumber = Utf8Parser.TryParse(text, out ushort port, out int used) && used == text.Length && text[0] is >= (byte)'0' and <= (byte)'9';
        return isNumber && (text.Length == 1 || text[0] != '0') ? port : throw Wrong();
    }

    private static ProxyProtocolException Wrong() => new($"the PROXY line is malformed; {Shape}");
}
