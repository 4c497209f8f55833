using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Cli.Commands;

/// <summary><c>amqtt config schema [FILE]</c>: the configuration as JSON Schema, with the plugins that this file could name.</summary>
internal static class ConfigSchemaCommand
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Run(string? file, Terminal terminal)
    {
        var errors = new ConfigErrors();
        var options = ConfigurationSource.Read(file, errors);
        if (options is null)
        {
            terminal.Errors(errors.Errors);
            return 1;
        }

        // What is wrong with the file's values does not matter here: its plugin folder is what counts.
        var found = new ConfigErrors();
        var schema = new ConfigSchema().Of(typeof(BrokerOptions), nameof(BrokerOptions.Plugins));
        var properties = schema["properties"]!.AsObject();
        properties["plugins"] = PluginSchema.Make(ConfigurationSource.HostOptions(options), found);
        foreach (var older in new[] { "auth", "topic-check", "topic_check", "sys_interval" })
            properties[older] = new JsonObject { ["description"] = "Of aMQTT's older files; use plugins.", ["deprecated"] = true };
        var document = new JsonObject { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["title"] = $"Amqtt.NET {CommandLine.Version}" };
        foreach (var (key, value) in schema.ToArray())
        {
            schema.Remove(key);
            document[key] = value;
        }

        terminal.Warnings(found.Warnings);
        terminal.Output.WriteLine(document.ToJsonString(Readable));
        return 0;
    }
}
