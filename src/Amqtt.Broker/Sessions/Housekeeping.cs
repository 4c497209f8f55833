using Amqtt.Broker.Diagnostics;
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
        _timer = new TimedCallback(TidyUp);
    }

    /// <summary>Begins; ends with the loop. On the loop.</summary>
    public void Start() => _shard.Loop.Timers.Schedule(_timer, _shard.Loop.Clock.Now + Period);

    private void TidyUp()
    {
        Start(); // first: a fault now is no reason to do it never again
        if (++_periods % PeriodsPerAging == 0) _shard.Router.AgeMatches();
        if (_shard.Loop.Index == 0) TidyUpForAll();
    }

    /// <summary>What is everybody's: one loop is enough for it.</summary>
    private void TidyUpForAll()
    {
        BrokerState broker = _shard.Broker;
        broker.Retained.RemoveExpired(_shard.Loop.Clock.Now);
        broker.Security.ReportSuppressed();
        bool changed = broker.Memory.Look();
        MemoryPressure pressure = broker.Memory.Pressure;
        if (changed) BrokerLog.MemoryPressureChanged(broker.Log, pressure, broker.Options.Limits.MaxMemory);
        if (!changed && pressure != MemoryPressure.DropQueues) return;
        foreach (Shard shard in broker.Shards) shard.Loop.Post(_ => shard.Relieve(pressure));
    }
}
