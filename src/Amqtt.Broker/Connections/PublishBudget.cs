using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Connections;

/// <summary>
/// How much one client may publish (<c>publish_rate</c>, <c>publish_rate_bytes</c>): a second's worth at once, and then what comes back. A client that has spent it is not read, so
/// that its own socket slows it down; nothing is lost. On the connection's loop.
/// </summary>
internal sealed class PublishBudget
{
    private readonly Connection _connection;
    private readonly TokenBucket? _messages;
    private readonly TokenBucket? _bytes;
    private readonly LoopTimer _goOn;
    private long _wait;

    private PublishBudget(Connection connection, LimitOptions limits)
    {
        _connection = connection;
        if (limits.PublishRate != int.MaxValue) _messages = new TokenBucket(limits.PublishRate, limits.PublishRate);
        if (limits.PublishRateBytes != long.MaxValue) _bytes = new TokenBucket(limits.PublishRateBytes, limits.PublishRateBytes);
        _goOn = new TimedCallback(connection.Channel.LetGo);
    }

    /// <summary>The budget of a client; null where nothing bounds it.</summary>
    public static PublishBudget? For(Connection connection)
    {
        LimitOptions limits = connection.Limits;
        return limits is { PublishRate: int.MaxValue, PublishRateBytes: long.MaxValue } ? null : new PublishBudget(connection, limits);
    }

    /// <summary>A PUBLISH of <paramref name="bytes"/> has come; it is taken in any case.</summary>
    public void Spend(int bytes)
    {
        long now = _connection.Channel.Loop.Now;
        _wait = Math.Max(_messages?.Spend(1, now) ?? 0, _bytes?.Spend(bytes, now) ?? 0);
    }

    /// <summary>The client is gone, and what it owes with it: that could be for hours.</summary>
    public void End() => _goOn.Cancel();

    /// <summary>Stops reading the client if it owes something, until it does not.</summary>
    public bool HoldIfSpent()
    {
        if (_wait == 0) return false;
        Channel channel = _connection.Channel;
        _connection.Refusals.Count(Refusal.PublishRate);
        _connection.Broker.Security.LimitReached(Refusal.PublishRate, _connection.Refusals.Listener, channel.Peer.Address);
        channel.Pause();
        channel.Loop.Timers.Schedule(_goOn, channel.Loop.Now + _wait);
        _wait = 0;
        return true;
    }
}
