namespace Amqtt.Broker.Configuration;

/// <summary>What happens to a message that finds its receiver's queue full.</summary>
public enum QueueOverflow
{
    /// <summary>Waiting QoS 0 messages make room first; if there are none, the new message is dropped.</summary>
    DropQos0ThenNewest,

    /// <summary>The message that has waited longest makes room.</summary>
    DropOldest,

    /// <summary>The receiver is disconnected (0x97).</summary>
    Disconnect,
}

/// <summary>How many copies a client gets of a message that matches several of its filters.</summary>
public enum OverlappingSubscriptions
{
    /// <summary>One copy, at the highest granted QoS.</summary>
    Once,

    /// <summary>One copy per filter, each at its own QoS.</summary>
    All,
}
