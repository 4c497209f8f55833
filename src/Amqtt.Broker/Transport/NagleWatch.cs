namespace Amqtt.Broker.Transport;

/// <summary>
/// Notices a peer that Nagle's algorithm slows down: it holds bytes back until those before are acknowledged, and where nothing is sent in return that is done 40 ms later. Who sends
/// just then again and again is to be acknowledged at once; for all others that would be a packet and a system call for nothing.
/// </summary>
internal struct NagleWatch
{
    // The delay, and what a loop may take to come to it.
    private const uint Least = 38;
    private const uint Most = 60;

    // Once in a while everybody sends just then: a wait counts for as much as this many reads that came sooner or later.
    private const byte Wait = 4;
    private const byte Enough = 3 * Wait;
    private const ushort ReadsAtOnce = 4096;

    private uint _lastRead;
    private byte _score;
    private ushort _atOnce; // reads that are still to be acknowledged at once, before it is found out anew

    /// <summary>Bytes have been read. Returns whether they are to be acknowledged at once.</summary>
    /// <param name="now">Loop milliseconds.</param>
    public bool HasWaited(long now)
    {
        if (_atOnce > 0)
        {
            _atOnce--;
            return true;
        }

        uint gap = (uint)now - _lastRead;
        _lastRead = (uint)now;
        if (gap is >= Least and <= Most) _score += Wait;
        else if (_score > 0) _score--;
        if (_score < Enough) return false;
        _score = 0;
        _atOnce = ReadsAtOnce;
        return true;
    }
}
