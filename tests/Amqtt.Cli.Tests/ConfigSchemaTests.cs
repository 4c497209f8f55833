using System.Text.Json.Nodes;

namespace Amqtt.Cli.Tests;

/// <summary><c>amqtt config schema</c>: what an editor needs, in the words of the documentation, with nothing secret in it.</summary>
public sealed class ConfigSchemaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Keys_have_types_defaults_and_descriptions()
    {
        var schema = await SchemaAsync();

        var listener = schema["properties"]!["listeners"]!["additionalProperties"]!["properties"]!;
        Assert.Contains("TLS", (string)listener["ssl"]!["description"]!, StringComparison.Ordinal);
        Assert.Equal([true, false, "yes", "no", "on", "off"], listener["ssl"]!["enum"]!.AsArray().Select(value => value!.GetValueKind() == System.Text.Json.JsonValueKind.String ? (object)(string)value! : (bool)value!));
        Assert.Equal(256, (int)schema["properties"]!["limits"]!["properties"]!["max_client_id_length"]!["default"]!);
        Assert.False((bool)schema["additionalProperties"]!);
        Assert.Contains("^[Ee]vent[_-]?[Ll]oops$", schema["patternProperties"]!.AsObject().Select(pair => pair.Key));
    }

    [Fact]
    public async Task Every_installed_plugin_is_described_by_class_name_and_alias()
    {
        var plugins = (await SchemaAsync())["properties"]!["plugins"]!["anyOf"]![0]!["properties"]!;

        foreach (var name in new[] { "Amqtt.Plugins.Standard.AnonymousAuthPlugin", "anonymous", "amqtt.plugins.authentication.AnonymousAuthPlugin" })
            Assert.NotNull(plugins[name]!["properties"]!["allow_anonymous"]);
        Assert.NotNull(plugins["anonymous"]!["properties"]!["$timeout"]);
    }

    [Theory]
    [InlineData("$enabled", """{"enum":[true,false,"yes","no","on","off"],"description":"Whether the plugin runs at all."}""")]
    [InlineData("$timeout", """{"type":["number","string"],"description":"How long its hooks may take, such as 500ms or 2s."}""")]
    [InlineData("$on_error", """{"enum":["refuse","skip"],"description":"What a fault in a transform means: refuse the packet, or skip the plugin."}""")]
    [InlineData("$topics", """{"type":["string","array"],"items":{"type":"string"},"description":"Topic filters: the plugin is asked about these topics only."}""")]
    public async Task Reserved_keys_take_what_the_broker_takes(string key, string expected)
    {
        var plugins = (await SchemaAsync())["properties"]!["plugins"]!["anyOf"]![0]!["properties"]!;

        Assert.Equal(expected, plugins["anonymous"]!["properties"]![key]!.ToJsonString());
    }

    [Fact]
    public async Task PF_21_A_plugin_in_the_folder_of_the_file_is_described_and_its_secrets_are_not_shown()
    {
        _folder.Write("plugins/Hello.cs", """
            using Amqtt.Plugins;
            using Amqtt.Protocol;

            public sealed class Hello(Hello.Config config) : BrokerPlugin
            {
                public sealed class Config
                {
                    public Secret Token { get; init; } = new("canary");
                    public int MaxTries { get; init; } = 3;
                    public QoS Qos { get; init; }
                }

                public Config Options => config;
            }
            """);
        var schema = await SchemaAsync(_folder.Write("broker.yaml", "listeners: {default: }\nplugins: [Hello]\n"));

        var options = schema["properties"]!["plugins"]!["anyOf"]![0]!["properties"]!["Hello"]!;
        Assert.Equal(3, (int)options["properties"]!["max_tries"]!["default"]!);
        Assert.Equal("[0,1,2,\"at_most_once\",\"at_least_once\",\"exactly_once\"]", options["properties"]!["qos"]!["enum"]!.ToJsonString());
        Assert.DoesNotContain("canary", schema.ToJsonString(), StringComparison.Ordinal);
    }

    private static async Task<JsonNode> SchemaAsync(params string[] file)
    {
        var (code, output, error) = await AmqttProcess.RunAsync(["config", "schema", .. file]);
        Assert.Equal((0, ""), (code, error));
        return JsonNode.Parse(output)!;
    }
}
