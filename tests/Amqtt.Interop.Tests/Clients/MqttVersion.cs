namespace Amqtt.Interop.Tests.Clients;

/// <summary>The protocol a foreign client speaks. A type of its own: nothing in these tests may lean on our codec.</summary>
public enum MqttVersion
{
    V31 = 3,
    V311 = 4,
    V5 = 5,
}
