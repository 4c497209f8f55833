using System.ComponentModel.DataAnnotations;

namespace Amqtt.Client.Configuration;

/// <summary>What publishes to one topic use when they do not say. What is null falls to the defaults of the client.</summary>
public sealed class TopicOptions
{
    /// <summary>The QoS, 0 to 2.</summary>
    [Range(0, 2)]
    public int? Qos { get; set; }

    /// <summary>RETAIN.</summary>
    public bool? Retain { get; set; }
}
