using Amqtt.Client.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Connections;

/// <summary>What counts on one connection, after both sides have spoken.</summary>
internal sealed record Negotiated
{
    private const int InflightBefore5 = 20;
    private const int MostInflight = 1024;

    private Negotiated()
    {
    }

    public required ProtocolVersion Version { get; init; }

    /// <summary>Seconds; 0 = off.</summary>
    public required ushort KeepAlive { get; init; }

    /// <summary>QoS 1 and 2 messages on their way to the broker at a time.</summary>
    public required int SendQuota { get; init; }

    /// <summary>Largest packet that the broker takes [MQTT-3.2.2-15].</summary>
    public required int MaximumPacketSize { get; init; }

    public required QoS MaximumQoS { get; init; }

    public required bool RetainAvailable { get; init; }

    /// <summary>Topic aliases that the broker accepts.</summary>
    public required int TopicAliasMaximum { get; init; }

    public static Negotiated From(ClientOptions options, ProtocolVersion version, ushort keepAlive, MqttProperties answer) => new()
    {
        Version = version,
        KeepAlive = answer.ServerKeepAlive ?? keepAlive,
        SendQuota = Math.Min(options.MaxInflight ?? (version == ProtocolVersion.V5 ? MostInflight : InflightBefore5), answer.ReceiveMaximum ?? ushort.MaxValue),
        MaximumPacketSize = (int)Math.Min(answer.MaximumPacketSize ?? int.MaxValue, int.MaxValue),
        MaximumQoS = answer.MaximumQoS ?? QoS.ExactlyOnce,
        RetainAvailable = answer.RetainAvailable ?? true,
        TopicAliasMaximum = options.UseTopicAliases && version == ProtocolVersion.V5 ? answer.TopicAliasMaximum ?? 0 : 0,
    };
}
