using System.Buffers;

namespace Amqtt.Protocol;

/// <summary>The rules for the topic of a message (section 4.7).</summary>
public static class TopicName
{
    private static readonly SearchValues<byte> Plain = SearchValues.Create(MqttString.PrintableAscii("+#"u8));
    private static readonly SearchValues<byte> Wildcards = SearchValues.Create("+#"u8);

    /// <summary>
    /// Whether the bytes are a topic name: 1 to 65,535 bytes of valid text [MQTT-4.7.3-1, -2, -3] without wildcards [MQTT-4.7.0-1].
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8)
    {
        // One vectorised pass decides nearly every topic; what stops it is a wildcard, a control or a character beyond ASCII.
        var special = utf8.IndexOfAnyExcept(Plain);
        if (special >= 0) return IsValidFrom(utf8, special);
        return (uint)(utf8.Length - 1) < Wire.MaxFieldLength;
    }

    /// <inheritdoc cref="IsValid(ReadOnlySpan{byte})"/>
    public static bool IsValid(ReadOnlySpan<char> topic) =>
        !topic.IsEmpty && topic.IndexOfAny('+', '#') < 0 && MqttString.IsValid(topic);

    /// <summary>Whether there is a <c>+</c> or a <c>#</c> in the bytes.</summary>
    internal static bool HasWildcard(ReadOnlySpan<byte> utf8) => utf8.ContainsAny(Wildcards);

    private static bool IsValidFrom(ReadOnlySpan<byte> utf8, int special) =>
        utf8.Length <= Wire.MaxFieldLength && !HasWildcard(utf8[special..]) && MqttString.IsValidFrom(utf8, special);
}
