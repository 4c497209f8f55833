using System.Text.Json;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Recipes;

/// <summary>A rule: publishes a message to another topic when a field of its JSON is above a bound.</summary>
public sealed class Alarms(Alarms.Config config, BrokerContext broker, ILogger<Alarms> logger) : BrokerPlugin
{
    public sealed class Config
    {
        /// <summary>The messages that the rule is about.</summary>
        [TopicFilter]
        public required string From { get; init; }

        /// <summary>The field.</summary>
        public required string Field { get; init; }

        /// <summary>What it has to be above.</summary>
        public required double Above { get; init; }

        /// <summary>Where the message goes, with the topic that it comes from behind it.</summary>
        public string To { get; init; } = "alarms/";
    }

    /// <inheritdoc/>
    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        // As a subscriber: whoever published has its answer already. What the plugin publishes itself it does not hear.
        broker.Listen(config.From, CheckAsync);
        return default;
    }

    private async ValueTask CheckAsync(HeardMessage heard, CancellationToken cancel)
    {
        if (ValueOf(heard.Message.Payload) is not { } value || value <= config.Above) return;
        var answer = await broker.PublishAsync(config.To + heard.Message.Topic, heard.Message.Payload, QoS.AtLeastOnce, cancel: cancel);
        logger.LogInformation("{Topic} of {ClientId} is above {Above}: {Answer}", LogText.Escape(heard.Message.Topic), LogText.Escape(heard.ClientId), config.Above, answer);
    }

    private double? ValueOf(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(config.Field, out var field)
                && field.ValueKind == JsonValueKind.Number ? field.GetDouble() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
