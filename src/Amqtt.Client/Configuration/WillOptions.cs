using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Configuration;

/// <summary>The will: what the broker publishes if the connection ends without DISCONNECT.</summary>
public sealed class WillOptions
{
    /// <summary>The topic name.</summary>
    public required string Topic { get; set; }

    /// <summary>The payload.</summary>
    [SuppressMessage("Performance", "CA1819", Justification = "Text or !!binary in a configuration; bytes in a program.")]
    public required byte[] Message { get; set; }

    /// <summary>The QoS, 0 to 2. Default 0.</summary>
    [Range(0, 2)]
    public int Qos { get; set; }

    /// <summary>Whether to publish as a retained message. Default false.</summary>
    public bool Retain { get; set; }

    /// <summary>How long the broker waits before it publishes (5.0), in whole seconds. Default 0.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "49710.06:28:15")]
    public TimeSpan DelayInterval { get; set; }

    /// <summary>Lifetime of the message (5.0), in whole seconds. Default null: it does not expire.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "49710.06:28:15")]
    public TimeSpan? MessageExpiryInterval { get; set; }

    /// <summary>What the payload is, in the application's words (5.0).</summary>
    public string? ContentType { get; set; }

    /// <summary>The topic for an answer (5.0).</summary>
    public string? ResponseTopic { get; set; }

    internal WillMessage ToPacket() => new()
    {
        Topic = Topic,
        Payload = Message,
        QoS = (QoS)Qos,
        Retain = Retain,
        Properties = new()
        {
            WillDelayInterval = DelayInterval > TimeSpan.Zero ? (uint)DelayInterval.TotalSeconds : null,
            MessageExpiryInterval = (uint?)MessageExpiryInterval?.TotalSeconds,
            ContentType = ContentType,
            ResponseTopic = ResponseTopic,
        },
    };
}
