using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Tests.Configuration;

/// <summary>What the tests of this folder do again and again: read a text, bind it, and look at the messages.</summary>
internal static class Yaml
{
    public const string File = "test.yaml";

    public static T? Bind<T>(string text, out ConfigErrors errors)
        where T : class
    {
        errors = new ConfigErrors();
        var node = YamlConfig.Parse(text, File, errors);
        return (T?)ConfigBinder.Bind(typeof(T), node, errors, "");
    }

    public static T Bind<T>(string text)
        where T : class
    {
        var value = Bind<T>(text, out var errors);
        Assert.Empty(errors.Errors);
        return value!;
    }

    public static string[] Errors<T>(string text)
        where T : class
    {
        Bind<T>(text, out var errors);
        return [.. errors.Errors.Select(e => e.ToString())];
    }

    public static (ConfigNode? Root, ConfigErrors Messages) Parse(string text)
    {
        var errors = new ConfigErrors();
        return (YamlConfig.Parse(text, File, errors), errors);
    }
}
