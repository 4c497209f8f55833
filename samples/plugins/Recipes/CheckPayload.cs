using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Recipes;

/// <summary>
/// Refuses messages that are no JSON object with certain fields. An MQTT 5 client is told what is wrong; to an older one everything is acknowledged, and nobody gets the message.
/// Use it with <c>$topics</c>.
/// </summary>
public sealed class CheckPayload(CheckPayload.Config config) : BrokerPlugin
{
    public sealed class Config
    {
        /// <summary>The fields, and of which kind they are.</summary>
        [MinLength(1)]
        public required Dictionary<string, FieldKind> Fields { get; init; }
    }

    public enum FieldKind
    {
        Any,
        Number,
        Text,
    }

    /// <inheritdoc/>
    public override ValueTask OnPublishAsync(PublishContext context)
    {
        // A retained message is cleared by an empty one.
        var clears = context.Retain && context.Payload.IsEmpty;
        if (!clears && Problem(context.Payload) is { } problem) context.Refuse(ReasonCode.PayloadFormatInvalid, problem);
        return default;
    }

    private string? Problem(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            using var json = JsonDocument.ParseValue(ref reader);
            if (json.RootElement.ValueKind != JsonValueKind.Object || reader.BytesConsumed < payload.Length) return "expected one JSON object";
            foreach (var (name, kind) in config.Fields)
            {
                if (!json.RootElement.TryGetProperty(name, out var field)) return $"'{name}' is missing";
                if (!IsOf(kind, field.ValueKind)) return $"'{name}' is not a {kind.ToString().ToLowerInvariant()}";
            }

            return null;
        }
        catch (JsonException)
        {
            return "expected JSON";
        }
    }

    private static bool IsOf(FieldKind kind, JsonValueKind value) => kind switch
    {
        FieldKind.Number => value == JsonValueKind.Number,
        FieldKind.Text => value == JsonValueKind.String,
        _ => true,
    };
}
