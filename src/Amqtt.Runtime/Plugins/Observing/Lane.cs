using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Delivers events to one plugin, one after the other, on the thread pool.</summary>
/// <remarks>
/// When the lane is full, packets and messages are dropped and counted; changes of clients and sessions never are.
/// A hook that waits too long is left behind; one that blocks its thread holds up this lane and nothing else.
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "A source without timer and links holds nothing to release, and a plugin may keep its token.")]
internal sealed class Lane
{
    private readonly BasePlugin _plugin;
    private readonly PluginFaults _faults;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private readonly Channel<PluginEvent> _events = Channel.CreateUnbounded<PluginEvent>(new() { SingleReader = true });
    private readonly Task _consumer;
    private readonly long[] _calls = new long[Enum.GetValues<Hook>().Length]; // written by the consumer alone
    private CancellationTokenSource _cancel = new();
    private int _waiting;
    private long _dropped; // since the lane was last empty
    private bool _isFull;
    private volatile bool _isAbandoned;
    private volatile Call? _current;

    public Lane(BasePlugin plugin, PluginFaults faults, TimeSpan timeout, TimeProvider time, int capacity)
    {
        _plugin = plugin;
        _faults = faults;
        _timeout = timeout;
        _time = time;
        _capacity = capacity;
        _consumer = Task.Run(ConsumeAsync);
    }

    /// <summary>How often each of its hooks was called.</summary>
    public IEnumerable<(Hook Hook, long Count)> Calls
    {
        get
        {
            for (var hook = 0; hook < _calls.Length; hook++)
            {
                if (Volatile.Read(ref _calls[hook]) is > 0 and var count) yield return ((Hook)hook, count);
            }
        }
    }

    /// <summary>Events that wait.</summary>
    public int Depth => Volatile.Read(ref _waiting);

    /// <summary>Queues an event. Never blocks, never throws; from any thread.</summary>
    public void Post(PluginEvent e)
    {
        if (e.MayBeDropped && Depth >= _capacity)
        {
            // Races only about who logs that the lane is full.
            Interlocked.Increment(ref _dropped);
            _faults.Dropped(e.Hook, isFirst: !_isFull);
            _isFull = true;
            return;
        }

        Interlocked.Increment(ref _waiting);
        if (!_events.Writer.TryWrite(e)) Interlocked.Decrement(ref _waiting);
    }

    /// <summary>Takes no more events and waits for those that are there, but not longer than <paramref name="patience"/>.</summary>
    public async ValueTask<bool> CompleteAsync(TimeSpan patience)
    {
        _events.Writer.TryComplete();
        var isDelivered = await TimeLimit.WaitAsync(_consumer, patience, _time);
        ReportDrops();
        if (isDelivered) return true;
        _isAbandoned = true;
        TimeLimit.Forget(_cancel.CancelAsync());
        return false;
    }

    /// <summary>Reports a hook that has been blocking its thread for longer than the time-out. Called periodically.</summary>
    public void Watch()
    {
        if (_current is not { IsReported: false } call) return;
        var since = _time.GetElapsedTime(call.Started);
        if (since < _timeout) return;
        call.IsReported = true;
        _faults.Blocks(call.Hook, since);
        TimeLimit.Forget(_cancel.CancelAsync());
    }

    private async Task ConsumeAsync()
    {
        var reader = _events.Reader;
        while (await reader.WaitToReadAsync())
        {
            while (!_isAbandoned && reader.TryRead(out var e))
            {
                if (Interlocked.Decrement(ref _waiting) == 0 && _isFull)
                {
                    _isFull = false;
                    ReportDrops();
                }

                await DeliverAsync(e);
            }

            if (_isAbandoned) return;
        }
    }

    private void ReportDrops()
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped) _faults.HasDropped(dropped);
    }

    private async ValueTask DeliverAsync(PluginEvent e)
    {
        if (!_cancel.TryReset()) _cancel = new();
        try
        {
            var call = Invoke(e);
            if (call.IsCompletedSuccessfully)
            {
                call.GetAwaiter().GetResult();
                return;
            }

            var task = call.AsTask();
            if (await TimeLimit.WaitAsync(task, _timeout, _time))
            {
                await task;
                return;
            }

            _faults.TimedOut(e.Hook, _timeout);
            TimeLimit.Forget(task);
            TimeLimit.Forget(_cancel.CancelAsync());
        }
        catch (Exception exception)
        {
            _faults.Threw(e.Hook, exception);
        }
    }

    private ValueTask Invoke(PluginEvent e)
    {
        _current = new(e.Hook, _time.GetTimestamp());
        Volatile.Write(ref _calls[(int)e.Hook], _calls[(int)e.Hook] + 1);
        try
        {
            return e.DeliverAsync(_plugin, _cancel.Token);
        }
        finally
        {
            _current = null;
        }
    }

    private sealed record Call(Hook Hook, long Started)
    {
        public bool IsReported { get; set; }
    }
}
