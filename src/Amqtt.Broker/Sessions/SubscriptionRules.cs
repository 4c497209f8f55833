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
        bool tooLong = Encoding.UTF8.GetByteCount(filter) > limits.MaxTopicLength;
        bool tooDeep = plain.AsSpan().Count('/') >= limits.MaxTopicLevels;
        return tooLong || tooDeep ? ReasonCode.TopicFilterInvalid : null;
    }
}
