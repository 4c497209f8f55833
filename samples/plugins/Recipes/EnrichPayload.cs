using System.Text.Json;
using System.Text.Json.Nodes;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Recipes;

/// <summary>Adds who sent it and when to messages that are JSON objects; others are refused. Use it with <c>$topics</c>.</summary>
public sealed class EnrichPayload(TimeProvider time) : BrokerPlugin
{
    /// <inheritdoc/>
    public override ValueTask OnPublishAsync(PublishContext context)
    {
        if (Parse(context.Payload) is not { } message)
        {
            context.Refuse(ReasonCode.PayloadFormatInvalid, "expected a JSON object");
            return default;
        }

        message["client"] = context.ClientId;
        message["received"] = time.GetUtcNow().ToString("O");
        context.Payload = JsonSerializer.SerializeToUtf8Bytes(message);
        return default;
    }

    private static JsonObject? Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonNode>(payload) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
