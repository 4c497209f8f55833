using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Tests.Configuration;

/// <summary>What the tests of this folder do again and again.</summary>
internal static class Reading
{
    public static string[] Errors(string yaml)
    {
        var errors = new ConfigErrors();
        Assert.Null(BrokerConfiguration.FromYaml(yaml, "broker.yaml", errors));
        return [.. errors.Errors.Select(e => e.ToString())];
    }

    public static string[] Warnings(string yaml)
    {
        var errors = new ConfigErrors();
        Assert.NotNull(BrokerConfiguration.FromYaml(yaml, "broker.yaml", errors));
        return [.. errors.Warnings.Select(e => e.ToString())];
    }

    /// <summary>Everything the options say, as one text to compare.</summary>
    public static string Effective(BrokerOptions options)
    {
        var listeners = options.EffectiveListeners().Select(l => $"{l.Name}:\n{YamlText.Write(ConfigTree.Describe(l))}");
        var plugins = options.Plugins.Select(p => $"{p.Path} {(p.Options is null or { IsNull: true } ? "" : YamlText.Write(p.Options))}");
        return YamlText.Write(ConfigTree.Describe(options)) + string.Concat(listeners) + string.Join('\n', plugins);
    }
}
