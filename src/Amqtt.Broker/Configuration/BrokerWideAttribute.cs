namespace Amqtt.Broker.Configuration;

/// <summary>Marks a limit that counts for the whole broker: a listener's <c>limits</c> cannot set it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BrokerWideAttribute : Attribute;
