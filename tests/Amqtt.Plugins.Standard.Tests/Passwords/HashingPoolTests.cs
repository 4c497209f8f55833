using System.Net;

namespace Amqtt.Plugins.Standard.Tests.Passwords;

/// <summary>P-F2: hashing never takes a thread that serves clients, nor the machine.</summary>
public sealed class HashingPoolTests : IDisposable
{
    private static readonly IPAddress Attacker = IPAddress.Parse("10.0.0.66");
    private static readonly IPAddress Somebody = IPAddress.Parse("10.0.0.1");
    private readonly ManualResetEventSlim _gate = new();
    private readonly List<string> _order = [];

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task Origins_take_turns()
    {
        var pool = new HashingPool(workers: 1);
        var first = Blocked(pool);
        List<Task> all = [first.Job];
        await first.Started;
        for (var i = 0; i < 60; i++) all.Add(Note(pool, Attacker, "attacker"));
        all.Add(Note(pool, Somebody, "somebody"));
        _gate.Set();
        await Task.WhenAll(all);
        Assert.InRange(_order.IndexOf("somebody"), 0, 1);
        Assert.Equal(61, _order.Count);
    }

    [Fact]
    public async Task One_origin_cannot_fill_it()
    {
        var pool = new HashingPool(workers: 1);
        var first = Blocked(pool);
        await first.Started;
        List<Task<bool?>> jobs = [];
        // All of one IPv6 network: who has one address has them all.
        for (var i = 0; i < 100; i++) jobs.Add(pool.RunAsync(IPAddress.Parse($"2001:db8::{i:x}"), static () => true, CancellationToken.None));
        var other = pool.RunAsync(Somebody, static () => true, CancellationToken.None);
        _gate.Set();
        await first.Job;
        var results = await Task.WhenAll(jobs);
        Assert.Equal(64, results.Count(result => result is true));
        Assert.Equal(36, results.Count(result => result is null));
        Assert.True(await other);
    }

    [Fact]
    public async Task Who_no_longer_waits_costs_nothing()
    {
        var pool = new HashingPool(workers: 1);
        var first = Blocked(pool);
        await first.Started;
        using var impatient = new CancellationTokenSource();
        var job = pool.RunAsync(Somebody, () => throw new InvalidOperationException("It is not wanted any more."), impatient.Token);
        await impatient.CancelAsync();
        _gate.Set();
        await first.Job;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
    }

    [Fact]
    public async Task What_goes_wrong_with_one_leaves_the_others_their_worker()
    {
        var pool = new HashingPool(workers: 1);
        var failed = pool.RunAsync(Somebody, static () => throw new InvalidOperationException("There is no memory for it."), CancellationToken.None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => failed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.True(await pool.RunAsync(Somebody, static () => true, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task No_more_run_at_once_than_there_are_workers()
    {
        var pool = new HashingPool(workers: 2);
        var (running, most) = (0, 0);
        var jobs = Enumerable.Range(0, 50).Select(i => pool.RunAsync(new IPAddress(i + 1), () =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            Thread.SpinWait(10_000);
            Interlocked.Decrement(ref running);
            return !Thread.CurrentThread.IsThreadPoolThread;
        }, CancellationToken.None)).ToList();
        Assert.All(await Task.WhenAll(jobs), isOwnThread => Assert.True(isOwnThread));
        Assert.InRange(most, 1, 2);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
        }
    }

    private (Task Job, Task Started) Blocked(HashingPool pool)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (pool.RunAsync(null, () =>
        {
            started.SetResult();
            return _gate.Wait(TimeSpan.FromMinutes(1));
        }, CancellationToken.None), started.Task);
    }

    private Task<bool?> Note(HashingPool pool, IPAddress origin, string name) => pool.RunAsync(origin, () =>
    {
        _order.Add(name);
        return true;
    }, CancellationToken.None);
}
