using System.ComponentModel.DataAnnotations;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Recipes;

/// <summary>Refuses what a client publishes beyond a rate: a token bucket that lives as long as the session.</summary>
public sealed class RateLimit(RateLimit.Config config, TimeProvider time) : BrokerPlugin
{
    private static readonly SessionKey<Bucket> Key = new("recipes.rate-limit");

    public sealed class Config
    {
        /// <summary>Messages a second, in the long run.</summary>
        [Range(0.1, 1_000_000)]
        public double PerSecond { get; init; } = 10;

        /// <summary>Messages at once.</summary>
        [Range(1, 1_000_000)]
        public int Burst { get; init; } = 20;
    }

    /// <inheritdoc/>
    public override ValueTask OnPublishAsync(PublishContext context)
    {
        if (context.Session is not { } session) return default;
        if (!session.Attributes.TryGet(Key, out var bucket))
        {
            bucket = new Bucket(config.Burst, time.GetTimestamp());
            session.Attributes.Set(Key, bucket);
        }

        if (!bucket.TryTake(config, time)) context.Refuse(ReasonCode.QuotaExceeded, $"more than {config.PerSecond} messages a second");
        return default;
    }

    // A session's messages are handled one after the other, so a bucket needs no lock.
    private sealed class Bucket(double tokens, long filled)
    {
        private double _tokens = tokens;
        private long _filled = filled;

        public bool TryTake(Config config, TimeProvider time)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(config.Burst, _tokens + time.GetElapsedTime(_filled, now).TotalSeconds * config.PerSecond);
            _filled = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
