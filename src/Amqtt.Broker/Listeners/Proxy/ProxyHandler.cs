using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Listeners.Proxy;

/// <summary>Reads the PROXY header of a connection that a loop has accepted, and then gives the channel to what speaks MQTT. On the channel's loop.</summary>
internal sealed class ProxyHandler : IChannelHandler
{
    private readonly Channel _channel;
    private readonly Action _accepted;
    private readonly Action<string> _refused;
    private readonly LoopTimer _patience;

    /// <param name="channel">The connection.</param>
    /// <param name="accepted">Sets the channel's next handler and starts it; the channel's peer is the client then.</param>
    /// <param name="refused">Hears what was wrong; the channel is closed then.</param>
    public ProxyHandler(Channel channel, Action accepted, Action<string> refused)
    {
        _channel = channel;
        _accepted = accepted;
        _refused = refused;
        _patience = new TimedCallback(() => Refuse("no PROXY header came in time"));
        channel.Handler = this;
    }

    /// <summary>Reads; the header has to come within <paramref name="patience"/>.</summary>
    public void Start(TimeSpan patience)
    {
        EventLoop loop = _channel.Loop;
        loop.Timers.Schedule(_patience, loop.Now + (long)patience.TotalMilliseconds);
        _channel.Start();
    }

    /// <inheritdoc/>
    public int OnReceived(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (!ProxyHeader.TryRead(bytes, out ProxyHeader header, out _)) return 0;
            _patience.Cancel();
            if (!header.IsLocal) _channel.Peer = _channel.Peer with { Address = header.Source?.Address, Port = header.Source?.Port ?? 0 };
            _accepted();
            _channel.Yield(); // what came behind the header is the next handler's
            return header.Length;
        }
        catch (ProxyProtocolException wrong)
        {
            Refuse(wrong.Message);
            return 0;
        }
    }

    /// <inheritdoc/>
    public void OnDrained()
    {
        // Nothing is sent to a proxy.
    }

    /// <inheritdoc/>
    public void OnClosed()
    {
        _patience.Cancel();
        _refused("the connection ended before its PROXY header");
    }

    /// <inheritdoc/>
    public void OnFault(Exception fault) => Refuse(fault.Message);

    private void Refuse(string problem)
    {
        _patience.Cancel();
        _refused(problem); // first, so that whoever sees the close finds the slot free
        _channel.Close();
    }
}
