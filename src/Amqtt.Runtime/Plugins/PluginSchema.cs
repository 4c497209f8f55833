using System.Text.Json.Nodes;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>The section <c>plugins</c> as JSON Schema: every plugin that is installed, by class name and alias, with its options and the reserved keys.</summary>
internal static class PluginSchema
{
    private const string Flag = """{"enum": [true, false, "yes", "no", "on", "off"]}""";
    private const string Names = """{"type": ["string", "array"], "items": {"type": "string"}}""";

    private static readonly (string Key, string Schema, string Description)[] Reserved =
    [
        ("$id", """{"type": "string"}""", "Name in logs and counters; default the class name."),
        ("$enabled", Flag, "Whether the plugin runs at all."),
        ("$required", Flag, "Whether the broker refuses to start without it."),
        ("$timeout", """{"type": ["number", "string"]}""", "How long its hooks may take, such as 500ms or 2s."),
        ("$on_error", """{"enum": ["refuse", "skip"]}""", "What a fault in a transform means: refuse the packet, or skip the plugin."),
        ("$topics", Names, "Topic filters: the plugin is asked about these topics only."),
        ("$listeners", Names, "The plugin is asked about clients of these listeners only."),
        ("$offload", Flag, "Always call its hooks on the thread pool."),
        ("$max_concurrency", """{"type": "integer", "minimum": 1}""", "How many calls of its hooks may be under way at once."),
    ];

    /// <summary>The schema.</summary>
    /// <param name="options">Where plugins are looked for.</param>
    /// <param name="errors">Receives what is wrong with plugins that cannot be loaded; they are left out.</param>
    public static JsonObject Make(PluginHostOptions options, ConfigErrors errors)
    {
        using var finder = new PluginFinder(options);
        var schema = new ConfigSchema();
        var plugins = new JsonObject();
        foreach (var (found, type) in finder.FindAll(errors))
        {
            var described = Describe(type, schema);
            foreach (var name in found.Facts.Aliases.Prepend(found.Facts.Name)) plugins[name] = described.DeepClone();
        }

        var byName = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = plugins,
            // path/to/My.dll#Acme.MyPlugin is known only when it is loaded.
            ["patternProperties"] = new JsonObject { ["#"] = new JsonObject() },
            ["additionalProperties"] = false,
        };
        var oneName = new JsonObject { ["type"] = "string", ["examples"] = new JsonArray([.. plugins.Select(plugin => (JsonNode)plugin.Key)]) };
        var list = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["anyOf"] = new JsonArray(oneName, byName.DeepClone()) } };
        return new JsonObject { ["anyOf"] = new JsonArray(byName, list, new JsonObject { ["type"] = "null" }) };
    }

    private static JsonObject Describe(Type type, ConfigSchema schema)
    {
        var described = PluginConfig.ClassOf(type) is { } config
            ? schema.Of(config)
            : new JsonObject { ["type"] = new JsonArray("object", "null"), ["properties"] = new JsonObject(), ["additionalProperties"] = false };
        var properties = described["properties"]!.AsObject();
        foreach (var (key, taken, description) in Reserved)
        {
            var reserved = JsonNode.Parse(taken)!;
            reserved["description"] = description;
            properties[key] = reserved;
        }

        return described;
    }
}
