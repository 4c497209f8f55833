using System.Buffers;
using System.Text;
using System.Text.Json;
using Amqtt.Client;

namespace Amqtt.Cli.Commands.Clients;

/// <summary>How <c>amqtt sub</c> prints a message.</summary>
internal enum MessageFormat
{
    /// <summary>Its payload, byte for byte.</summary>
    Payload,

    /// <summary>Its topic, a space, its payload.</summary>
    Topic,

    /// <summary>A JSON object with everything that is known about it.</summary>
    Json,
}

/// <summary>Prints messages, one a line.</summary>
internal static class MessageWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(Stream output, ReceivedMessage message, MessageFormat format, CancellationToken cancel)
    {
        var line = new ArrayBufferWriter<byte>(message.Payload.Length + 64);
        switch (format)
        {
            case MessageFormat.Json:
                WriteJson(line, message);
                break;
            case MessageFormat.Topic:
                line.Write(Encoding.UTF8.GetBytes(message.Topic));
                line.Write(" "u8);
                line.Write(message.Payload.Span);
                break;
            default:
                line.Write(message.Payload.Span);
                break;
        }

        line.Write("\n"u8);
        await output.WriteAsync(line.WrittenMemory, cancel);
        await output.FlushAsync(cancel);
    }

    private static void WriteJson(ArrayBufferWriter<byte> line, ReceivedMessage message)
    {
        using var json = new Utf8JsonWriter(line, Relaxed);
        json.WriteStartObject();
        json.WriteString("topic", message.Topic);
        json.WriteNumber("qos", (int)message.QoS);
        json.WriteBoolean("retain", message.Retain);
        if (TryText(message.Payload.Span) is { } text)
            json.WriteString("payload", text);
        else
            json.WriteBase64String("payload_base64", message.Payload.Span);
        var properties = message.Properties;
        if (properties.ContentType is { } type)
            json.WriteString("content_type", type);
        if (properties.MessageExpiryInterval is { } expiry)
            json.WriteNumber("message_expiry_interval", expiry);
        if (properties.ResponseTopic is { } responseTopic)
            json.WriteString("response_topic", responseTopic);
        if (properties.CorrelationData is { } correlation)
            json.WriteBase64String("correlation_data_base64", correlation.Span);
        if (properties.UserProperties.Count > 0)
        {
            // A list of pairs: names may recur.
            json.WriteStartArray("user_properties");
            foreach (var (name, value) in properties.UserProperties)
            {
                json.WriteStartArray();
                json.WriteStringValue(name);
                json.WriteStringValue(value);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string? TryText(ReadOnlySpan<byte> payload)
    {
        try
        {
            return StrictUtf8.GetString(payload);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
