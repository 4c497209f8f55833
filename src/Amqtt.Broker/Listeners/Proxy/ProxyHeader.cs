using System.Net;

namespace Amqtt.Broker.Listeners.Proxy;

/// <summary>
/// The header that a proxy puts before the bytes of a connection to say whose they are: the PROXY protocol of HAProxy, version 1 (a line of text) or 2 (binary).
/// </summary>
/// <param name="Length">Bytes of the header; what follows is the client's.</param>
/// <param name="IsLocal">The proxy speaks for itself, in a health check for example, or does not know the client: the addresses of the connection count.</param>
/// <param name="Source">The client; null if it has no address (a Unix socket), and if <paramref name="IsLocal"/>.</param>
internal readonly record struct ProxyHeader(int Length, bool IsLocal, IPEndPoint? Source)
{
    // Nothing shorter than this is a whole header of either version.
    private const int EnoughToTell = 12;

    /// <summary>Reads a header from the start of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <param name="header">The header, if it is complete.</param>
    /// <param name="missing">If it is not: how many more bytes belong to it for certain, so that nothing behind it is read.</param>
    /// <returns>Whether it is complete.</returns>
    /// <exception cref="ProxyProtocolException">This is not such a header, and will not become one.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ProxyHeader header, out int missing)
    {
        ReadOnlySpan<byte> start = bytes[..Math.Min(bytes.Length, EnoughToTell)];
        bool mayBeText = ProxyText.Prefix.StartsWith(start) || start.StartsWith(ProxyText.Prefix);
        bool mayBeBinary = ProxyBinary.Signature.StartsWith(start);
        if (!mayBeText && !mayBeBinary) throw new ProxyProtocolException("what comes first is not a PROXY header");
        if (bytes.Length < EnoughToTell)
        {
            header = default;
            missing = EnoughToTell - bytes.Length;
            return false;
        }

        return mayBeText ? ProxyText.TryRead(bytes, out header, out missing) : ProxyBinary.TryRead(bytes, out header, out missing);
    }
}
