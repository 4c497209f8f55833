namespace Amqtt.Protocol.Packets;

/// <summary>One entry of a SUBSCRIBE.</summary>
/// <param name="Filter">The topic filter as sent: not empty and valid text, but not necessarily a valid filter. See <see cref="TopicFilter"/>.</param>
/// <param name="Options">What the subscriber wants.</param>
public readonly record struct SubscriptionRequest(string Filter, SubscriptionOptions Options);
