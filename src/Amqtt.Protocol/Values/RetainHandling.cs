namespace Amqtt.Protocol;

/// <summary>Whether a subscription is answered with the matching retained messages (5.0, section 3.8.3.1).</summary>
public enum RetainHandling : byte
{
    /// <summary>Send them at every SUBSCRIBE [MQTT-3.3.1-9]. What 3.1 and 3.1.1 always do.</summary>
    SendAtSubscribe = 0,

    /// <summary>Send them only if the subscription did not exist yet [MQTT-3.3.1-10].</summary>
    SendIfNew = 1,

    /// <summary>Send none [MQTT-3.3.1-11].</summary>
    DoNotSend = 2,
}
