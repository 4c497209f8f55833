using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>What setters accept. Each returns the value or throws before anything has changed.</summary>
internal static class Checked
{
    public static string Topic(string value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return TopicName.IsValid(value)
            ? value
            : throw new ArgumentException("A topic name is 1 to 65,535 bytes of text without wildcards and control characters, such as factory/line1/state.", name);
    }

    public static string Filter(string value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return TopicFilter.IsValid(value) ? value : throw new ArgumentException("This is no topic filter; one is factory/+/state, factory/# or $share/group/factory/#.", name);
    }

    public static string? Text(string? value, string name) => value is null || MqttString.IsValid(value)
        ? value
        : throw new ArgumentException("MQTT text is at most 65,535 bytes and has no control characters.", name);

    public static QoS QoS(QoS value, QoS highest, string name) => value <= highest
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"The QoS is 0 to {(int)highest} here.");

    public static TimeSpan? Seconds(TimeSpan? value, string name) => value is not { } time || (time >= TimeSpan.Zero && time.TotalSeconds < uint.MaxValue)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"It is 0 to {uint.MaxValue - 1} seconds.");

    public static ReadOnlyMemory<byte>? Binary(ReadOnlyMemory<byte>? value, string name) => value is not { Length: > Wire.MaxFieldLength }
        ? value?.ToArray()
        : throw new ArgumentException("Binary data is at most 65,535 bytes.", name);

    public static IReadOnlyList<UserProperty> UserProperties(IReadOnlyList<UserProperty> value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        UserProperty[] copy = [.. value];
        foreach (var (key, text) in copy)
        {
            _ = Text(key ?? throw new ArgumentException("A user property has a name.", name), name);
            _ = Text(text ?? throw new ArgumentException($"The user property {key} has no value.", name), name);
        }

        return copy;
    }

    /// <summary>A code that this packet may carry to a client.</summary>
    public static ReasonCode Reason(ReasonCode value, PacketType packet, string name) => value.IsAllowedIn(packet, PacketSender.Server)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{packet} cannot carry this reason code.");

    /// <summary>A code of an error that this packet may carry to a client.</summary>
    public static ReasonCode Error(ReasonCode value, PacketType packet, string name) => value.IsError()
        ? Reason(value, packet, name)
        : throw new ArgumentOutOfRangeException(name, value, "A refusal needs a reason code of 0x80 or above.");
}
