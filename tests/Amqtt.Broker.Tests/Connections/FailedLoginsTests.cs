using System.Net;
using Amqtt.Broker.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Broker.Tests.Connections;

/// <summary><c>limits.failed_logins</c>: so many a minute are free, then answers come later and later.</summary>
public sealed class FailedLoginsTests
{
    private const int Limit = 10;
    private static readonly IPAddress Somebody = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");
    private readonly FakeTimeProvider _time = new();
    private readonly FailedLogins _logins;

    public FailedLoginsTests() => _logins = new(_time);

    [Fact]
    public async Task Ten_are_free_then_the_wait_doubles_to_a_minute()
    {
        Fail(Limit - 1);
        await ExpectAsync(0);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            Fail(1);
            await ExpectAsync(seconds);
        }
    }

    [Fact]
    public async Task Ten_a_minute_never_wait()
    {
        for (var i = 0; i < 5; i++)
        {
            Fail(Limit - 1);
            await ExpectAsync(0);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task A_minute_without_a_failure_beyond_the_wait_is_forgiven()
    {
        Fail(Limit + 2); // 4 s
        _time.Advance(TimeSpan.FromSeconds(63.9));
        await ExpectAsync(4, advance: false);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await ExpectAsync(0);
        Fail(Limit - 1);
        await ExpectAsync(0);
    }

    [Fact]
    public async Task Another_address_does_not_wait()
    {
        Fail(Limit + 3);
        Assert.True(await _logins.WaitAsync(Other, "bob", Limit));
        Assert.True(await _logins.WaitAsync(null, null, Limit));
    }

    [Fact]
    public async Task Who_is_guessed_at_from_many_addresses_is_guarded_and_its_owner_is_not_locked_out()
    {
        _logins.Failed(Somebody, "alice", Limit);
        _logins.Succeeded(Other, "alice");
        for (var i = 0; i < Limit; i++) _logins.Failed(new IPAddress([10, 0, 1, (byte)i]), "alice", Limit);
        Assert.False(_logins.WaitAsync(IPAddress.Parse("10.0.2.1"), "alice", Limit).IsCompleted);
        Assert.True(await _logins.WaitAsync(IPAddress.Parse("10.0.2.1"), "bob", Limit));
        Assert.True(await _logins.WaitAsync(Other, "alice", Limit));
    }

    [Fact]
    public void One_IPv6_network_is_one_address()
    {
        for (var i = 0; i < Limit; i++) _logins.Failed(IPAddress.Parse($"2001:db8::{i:x}"), null, Limit);
        Assert.False(_logins.WaitAsync(IPAddress.Parse("2001:db8::ffff:1"), null, Limit).IsCompleted);
        Assert.True(_logins.WaitAsync(IPAddress.Parse("2001:db8:0:1::1"), null, Limit).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Only_so_many_wait()
    {
        Fail(Limit);
        var waiting = Enumerable.Range(0, FailedLogins.MostWaiting).Select(_ => _logins.WaitAsync(Somebody, null, Limit).AsTask()).ToList();
        Assert.DoesNotContain(waiting, wait => wait.IsCompleted);
        Assert.False(await _logins.WaitAsync(Somebody, null, Limit));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(await Task.WhenAll(waiting), Assert.True);
        Assert.False(_logins.WaitAsync(Somebody, null, Limit).IsCompleted);
    }

    [Fact]
    public async Task Unlimited_is_unlimited()
    {
        for (var i = 0; i < 100; i++) _logins.Failed(Somebody, "alice", int.MaxValue);
        Assert.True(await _logins.WaitAsync(Somebody, "alice", int.MaxValue));
    }

    [Fact]
    public async Task A_million_names_are_not_remembered()
    {
        for (var i = 0; i < 100_000; i++) _logins.Failed(new IPAddress(i + 1), $"user{i}", Limit);
        Assert.InRange(_logins.Count, 1, 40_000);
        _time.Advance(TimeSpan.FromMinutes(2));
        _logins.Failed(Somebody, "alice", Limit);
        Assert.Equal(2, _logins.Count);
        await ExpectAsync(0);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++) _logins.Failed(Somebody, null, Limit);
    }

    private async Task ExpectAsync(int seconds, bool advance = true)
    {
        var wait = _logins.WaitAsync(Somebody, null, Limit).AsTask();
        Assert.Equal(seconds == 0, wait.IsCompleted);
        if (seconds == 0 || !advance) return;
        _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await wait);
    }
}
