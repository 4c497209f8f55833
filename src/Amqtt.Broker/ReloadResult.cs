namespace Amqtt.Broker;

/// <summary>What <see cref="MqttBroker.ReloadAsync"/> has changed.</summary>
public sealed record ReloadResult
{
    /// <summary>Plugins that are new, or new instances, by name.</summary>
    public required IReadOnlyList<string> StartedPlugins { get; init; }

    /// <summary>Plugins that were stopped, by name.</summary>
    public required IReadOnlyList<string> StoppedPlugins { get; init; }

    /// <summary>Plugins that stayed as they were, by name.</summary>
    public required IReadOnlyList<string> KeptPlugins { get; init; }

    /// <summary>Keys that differ and that only a restart can change; the broker goes on with their old values.</summary>
    public required IReadOnlyList<string> NeedRestart { get; init; }
}
