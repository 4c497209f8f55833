namespace Amqtt.Broker.Listeners.Proxy;

/// <summary>Reads the PROXY header from the start of a stream, and not a byte more: TLS may follow.</summary>
internal static class ProxyStream
{
    private const int MaximumLength = 16 + 4096;

    /// <summary>The header.</summary>
    /// <exception cref="ProxyProtocolException">It is none.</exception>
    /// <exception cref="EndOfStreamException">The peer closed before its end.</exception>
    public static async ValueTask<ProxyHeader> ReadHeaderAsync(Stream stream, CancellationToken cancel)
    {
        var buffer = new byte[MaximumLength];
        int count = 0;
        while (true)
        {
            if (ProxyHeader.TryRead(buffer.AsSpan(0, count), out ProxyHeader header, out int missing)) return header;
            int received = await stream.ReadAsync(buffer.AsMemory(count, missing), cancel);
            if (received == 0) throw new EndOfStreamException("the connection ended before its PROXY header");
            count += received;
        }
    }
}
