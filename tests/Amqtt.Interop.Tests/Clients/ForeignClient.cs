using Amqtt.Interop.Tests.Brokers;

namespace Amqtt.Interop.Tests.Clients;

/// <summary>An MQTT client that somebody else wrote, driven the way its users drive it.</summary>
internal abstract class ForeignClient
{
    /// <summary>Why this client cannot run here, or null.</summary>
    protected abstract string? Missing { get; }

    /// <summary>Subscribes, and returns when the broker has granted it.</summary>
    public abstract Task<Subscription> SubscribeAsync(Target broker, MqttVersion version, string filter, int qos, int count);

    /// <summary>Publishes, and returns when every message has gone through its flow.</summary>
    public abstract Task PublishAsync(Target broker, MqttVersion version, Outgoing messages);

    /// <summary>Connects with a will, then ends without DISCONNECT.</summary>
    public abstract Task DieWithWillAsync(Target broker, MqttVersion version, Will will);

    /// <summary>Connects with a will, then disconnects in order.</summary>
    public abstract Task LeaveWithWillAsync(Target broker, MqttVersion version, Will will);

    public void Require() => Requirement.Check(Missing);

    /// <summary>A name no other client has. 23 characters are all that MQTT 3.1 allows.</summary>
    protected static string NewClientId() => "t" + Guid.NewGuid().ToString("N")[..20];
}
