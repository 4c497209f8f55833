using System.Net;

namespace Amqtt.Broker.Connections;

/// <summary>What a connection occupies from being accepted to its end. Any thread.</summary>
/// <param name="admission">Whether it is to be served, or only told why not.</param>
/// <param name="since">When it got the place (loop milliseconds): the time for its CONNECT, and for its TLS handshake, runs from here.</param>
/// <param name="address">Whose it is; null where that is nobody's concern.</param>
/// <param name="leave">Gives everything back that this address has.</param>
internal sealed class Place(Admission admission, long since, IPAddress? address, Action<IPAddress?> leave)
{
    private Action<IPAddress?>? _leave = leave;

    /// <summary>Whether the connection is to be served, or only told why not.</summary>
    public Admission Admission => admission;

    /// <summary>When it got the place (loop milliseconds).</summary>
    public long Since => since;

    /// <summary>Gives everything back; only the first call does.</summary>
    public void Leave() => Interlocked.Exchange(ref _leave, null)?.Invoke(address);

    /// <summary>The same place with something more to give back.</summary>
    public Place And(Action alsoLeave) => new(admission, since, address: null, _ =>
    {
        Leave();
        alsoLeave();
    });
}
