using System.Text;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>Which filters the broker takes, whoever subscribes.</summary>
internal static class SubscriptionRules
{
    /// <summary>Why a filter cannot be granted whatever plugins say; null if it can.</summary>
    public static ReasonCode? Refusal(string filter, LimitOptions limits)
    {
        string plain = filter;
        if (SharedSubscription.IsShared(filter))
        {
            if (!SharedSubscription.TryParse(filter, out SharedSubscription shared)) return ReasonCode.TopicFilterInvalid;
            if (!limits.SharedAvailable) return ReasonCode.SharedSubscriptionsNotSupported;
            plain = shared.Filter;
        }

        if (!TopicFilter.IsValid(plain)) return ReasonCode.TopicFilterInvalid;
        if (!limits.WildcardAvailable && plain.AsSpan().ContainsAny('+', '#')) return ReasonCode.WildcardSubscriptionsNotSupported;
        return IsTooLong(filter, limits) ? ReasonCode.TopicFilterInvalid : null;
    }

    /// <summary>Whether a filter has more bytes or levels than there may be; a share's prefix counts as bytes alone.</summary>
    public static bool IsTooLong(string filter, LimitOptions limits)
    {
        ReadOnlySpan<char> plain = SharedSubscription.TryParse(filter, out SharedSubscription shared) ? shared.Filter : filter;
        return Encoding.UTF8.GetByteCount(filter) > limits.MaxTopicLength || plain.Count('/') >= limits.MaxTopicLevels;
    }
}
