using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Amqtt.AspNetCore.Hosting;

/// <summary>A section of the host's configuration in the form of the broker's: with the keys that a YAML file has.</summary>
internal static class ConfigurationValues
{
    /// <summary>The top-level keys and values.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> Of(IConfiguration section) =>
        section.GetChildren().Select(static child => new KeyValuePair<string, object?>(child.Key, Value(child)));

    private static object? Value(IConfigurationSection section)
    {
        List<IConfigurationSection> children = [.. section.GetChildren()];
        if (children.Count == 0) return string.IsNullOrEmpty(section.Value) ? null : section.Value; // {} and [] have no other form here
        if (IsList(children)) return children.Select(Value).ToList();
        return Of(section).ToDictionary(StringComparer.Ordinal);
    }

    // Lists are sections whose keys are numbers, from 0 and in order.
    private static bool IsList(List<IConfigurationSection> children) =>
        children.Index().All(static child => child.Item.Key == child.Index.ToString(CultureInfo.InvariantCulture));
}
