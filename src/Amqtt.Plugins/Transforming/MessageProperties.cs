using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>The properties that a message has, as a value that is easily copied with a change.</summary>
internal readonly record struct MessageProperties(
    byte? PayloadFormatIndicator,
    uint? MessageExpiryInterval,
    string? ContentType,
    string? ResponseTopic,
    ReadOnlyMemory<byte>? CorrelationData,
    IReadOnlyList<UserProperty> UserProperties)
{
    public static MessageProperties Of(MqttProperties properties) => new(
        properties.PayloadFormatIndicator,
        properties.MessageExpiryInterval,
        properties.ContentType,
        properties.ResponseTopic,
        properties.CorrelationData,
        properties.UserProperties);

    public MqttProperties ToMqtt() => new()
    {
        PayloadFormatIndicator = PayloadFormatIndicator,
        MessageExpiryInterval = MessageExpiryInterval,
        ContentType = ContentType,
        ResponseTopic = ResponseTopic,
        CorrelationData = CorrelationData,
        UserProperties = UserProperties,
    };

    /// <summary>Whether the payload is UTF-8 text, as the indicator says it.</summary>
    public static byte? Indicator(bool? isText) => isText switch { true => 1, false => 0, null => null };

    public static bool? IsText(byte? indicator) => indicator is { } value ? value == 1 : null;

    public static TimeSpan? Life(uint? seconds) => seconds is { } value ? TimeSpan.FromSeconds(value) : null;

    /// <summary>Whole seconds; a fraction is rounded up, so that nothing lives for less than was asked.</summary>
    public static uint? Seconds(TimeSpan? life) => life is { } value ? (uint)Math.Ceiling(value.TotalSeconds) : null;

    public static UserProperty[] With(IReadOnlyList<UserProperty> properties, string name, string value) =>
        [.. properties, new UserProperty(Checked.Text(name, nameof(name))!, Checked.Text(value, nameof(value))!)];
}
