using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Sessions;

/// <summary>What a loop puts away now and then although nobody asks for it: expired retained messages, and matches that hold on to sessions that are gone.</summary>
internal sealed class Housekeeping
{
    private const long Period = 1000;
    private const int PeriodsPerAging = 60;

    private readonly Shard _shard;
    private readonly LoopTimer _timer;
    private int _periods;

    public Housekeeping(Shard shard)
    {
        _shard = shard;
        _timer = new LoopTimer(TidyUp);
    }

    /// <summary>Begins; ends with the loop. On the loop.</summary>
    public void Start() => _shard.Loop.Timers.Schedule(_timer, _shard.Loop.Clock.Now + Period);

    private void TidyUp()
    {
        // The store is everybody's, so one loop is enough for it.
        if (_shard.Loop.Index == 0) _shard.Broker.Retained.RemoveExpired(_shard.Loop.Clock.Now);
        if (++_periods % PeriodsPerAging == 0) _shard.Router.AgeMatches();
        Start();
    }
}
