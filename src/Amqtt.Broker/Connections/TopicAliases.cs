using Amqtt.Protocol;

namespace Amqtt.Broker.Connections;

/// <summary>The topics that a client has given numbers to; gone with the connection [MQTT-3.3.2-7].</summary>
internal sealed class TopicAliases(int maximum, int maxBytes)
{
    private readonly byte[]?[] _topics = new byte[maximum + 1][];
    private int _bytes;

    /// <summary>The topic of a PUBLISH with an alias: a topic that comes along becomes the alias's topic.</summary>
    public ReadOnlySpan<byte> Resolve(ushort alias, ReadOnlySpan<byte> topic)
    {
        if (alias == 0 || alias > maximum) throw Invalid(alias, maximum);
        ref byte[]? known = ref _topics[alias];
        if (topic.IsEmpty) return known ?? throw new CodecException(ReasonCode.ProtocolError, $"PUBLISH uses topic alias {alias}, which has no topic yet");
        if (known is not null && topic.SequenceEqual(known)) return topic;
        _bytes += topic.Length - (known?.Length ?? 0);
        if (_bytes > maxBytes) throw new CodecException(ReasonCode.TopicAliasInvalid, $"the topics of all aliases take more than {maxBytes} bytes");
        known = topic.ToArray();
        return known;
    }

    /// <summary>An alias that was never announced [MQTT-3.3.2-9].</summary>
    public static CodecException Invalid(ushort alias, int maximum) =>
        new(ReasonCode.TopicAliasInvalid, $"topic alias {alias}; the broker announced {(maximum == 0 ? "none" : $"1 to {maximum}")}");
}
