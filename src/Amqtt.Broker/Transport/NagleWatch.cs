namespace Amqtt.Broker.Transport;

/// <summary>
/// Notices a peer that Nagle's algorithm slows down: it holds bytes back until those before are acknowledged, and where nothing is sent in return that is done 40 ms later. Who has
/// sent several times just then is to be acknowledged at once from now on; for all others that would be a packet and a system call for nothing.
/// </summary>
internal struct NagleWatch
{
    private const int Often = 3;

    // The delay, and what a loop may take to come to it.
    private const uint Least = 38;
    private const uint Most = 60;

    private uint _lastRead;
    private byte _waits;

    /// <summary>Bytes have been read. Returns whether they are to be acknowledged at once.</summary>
    /// <param name="now">Loop milliseconds.</param>
    public bool HasWaited(long now)
    {
        if (_waits == Often) return true;
        uint gap = (uint)now - _lastRead;
        _lastRead = (uint)now;
        if (gap is < Least or > Most) return false;
        return ++_waits == Often;
    }
}
