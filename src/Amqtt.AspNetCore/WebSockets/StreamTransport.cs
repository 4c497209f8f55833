using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Amqtt.AspNetCore.WebSockets;

/// <summary>What Kestrel takes for the network: it accepts the connections that the broker hands over. Any thread.</summary>
internal sealed class StreamTransport : IConnectionListenerFactory, IConnectionListener
{
    private readonly Channel<StreamConnection> _offered = Channel.CreateUnbounded<StreamConnection>(new() { SingleReader = true });

    /// <summary>The one address it has.</summary>
    public static EndPoint EndPoint { get; } = new BrokerEndPoint();

    EndPoint IConnectionListener.EndPoint => EndPoint;

    /// <summary>Hands a connection over; after the end of the server it is given up.</summary>
    public void Offer(StreamConnection connection)
    {
        if (!_offered.Writer.TryWrite(connection)) connection.GiveUp();
    }

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => ValueTask.FromResult<IConnectionListener>(this);

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _offered.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_offered.Reader.TryRead(out StreamConnection? connection)) return connection;
        }

        return null;
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _offered.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => UnbindAsync();

    private sealed class BrokerEndPoint : EndPoint
    {
        public override string ToString() => "the broker's listener";
    }
}
