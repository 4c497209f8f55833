using Amqtt.Client.Configuration;

namespace Amqtt.Client.Connections;

/// <summary>How long to wait before an attempt.</summary>
internal static class Backoff
{
    private const int LargestExponent = 20;

    /// <summary>The wait before further attempt n, from 1: 2ⁿ s, at most the maximum, and a random part of it on top.</summary>
    public static TimeSpan Before(int attempt, ClientOptions options, Random random)
    {
        var seconds = Math.Min(options.ReconnectMaxInterval.TotalSeconds, 1 << Math.Min(attempt, LargestExponent));
        return TimeSpan.FromSeconds(seconds * (1 + (random.NextDouble() * options.ReconnectJitter)));
    }
}
