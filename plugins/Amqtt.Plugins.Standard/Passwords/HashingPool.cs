using System.Net;
using System.Net.Sockets;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// Where passwords are hashed: on few threads of its own, so that no flood of logins takes the machine from everybody else, and in turn by origin, so that one
/// address with a thousand logins delays another by one hash and not by a thousand.
/// </summary>
internal sealed class HashingPool(int workers)
{
    private const int MostPerOrigin = 64;
    private const int MostWaiting = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Queue<Job>> _byOrigin = [];
    private readonly Queue<IPAddress> _turn = [];
    private int _waiting;
    private int _running;

    /// <summary>Computes something expensive.</summary>
    /// <param name="origin">Whose turn it takes; null for an origin without address.</param>
    /// <param name="work">The computation. What it throws, the result throws.</param>
    /// <param name="cancel">If cancelled before its turn, it is not computed.</param>
    /// <returns>The result; null if too many wait already.</returns>
    public Task<bool?> RunAsync(IPAddress? origin, Func<bool> work, CancellationToken cancel)
    {
        var job = new Job(work, cancel);
        lock (_gate)
        {
            if (!TryAdd(Network(origin), job)) return Task.FromResult<bool?>(null);
            if (_running == workers) return job.Result;
            _running++;
        }

        _ = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return job.Result;
    }

    // Whoever has one IPv6 address has the 2^64 of its network.
    private static IPAddress Network(IPAddress? origin)
    {
        if (origin is null) return IPAddress.None;
        if (origin.IsIPv4MappedToIPv6) return origin.MapToIPv4();
        if (origin.AddressFamily != AddressFamily.InterNetworkV6) return origin;
        Span<byte> bytes = stackalloc byte[16];
        origin.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new(bytes);
    }

    private bool TryAdd(IPAddress origin, Job job)
    {
        if (_waiting == MostWaiting) return false;
        if (!_byOrigin.TryGetValue(origin, out var queue))
        {
            _byOrigin.Add(origin, queue = []);
            _turn.Enqueue(origin);
        }

        if (queue.Count == MostPerOrigin) return false;
        queue.Enqueue(job);
        _waiting++;
        return true;
    }

    private void Work()
    {
        while (Next() is { } job) job.Run();
    }

    private Job? Next()
    {
        lock (_gate)
        {
            if (!_turn.TryDequeue(out var origin))
            {
                _running--;
                return null;
            }

            var queue = _byOrigin[origin];
            var job = queue.Dequeue();
            _waiting--;
            if (queue.Count > 0) _turn.Enqueue(origin);
            else _byOrigin.Remove(origin);
            return job;
        }
    }

    private sealed class Job(Func<bool> work, CancellationToken cancel)
    {
        private readonly TaskCompletionSource<bool?> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool?> Result => _result.Task;

        public void Run()
        {
            try
            {
                if (cancel.IsCancellationRequested) _result.SetCanceled(cancel);
                else _result.SetResult(work());
            }
            catch (Exception exception)
            {
                // No memory for the hash, for example: that is one login's trouble.
                _result.SetException(exception);
            }
        }
    }
}
