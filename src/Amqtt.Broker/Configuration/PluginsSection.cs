using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>The section <c>plugins</c>: which plugins run, in which order. Their options are read when they are loaded, because only then their type is known.</summary>
internal static class PluginsSection
{
    /// <summary>Reads the section into the options. Without one the default plugins stay.</summary>
    /// <param name="found">The entries of the top level that are this section in some spelling.</param>
    /// <param name="options">Receives the plugins.</param>
    /// <param name="errors">Receives what is wrong.</param>
    public static void Read(ConfigMapping found, BrokerOptions options, ConfigErrors errors)
    {
        if (found.Entries.Count == 0)
            return;
        var (key, section) = found.Entries[0];
        foreach (var other in found.Entries.Skip(1))
            errors.Add(other.Key.Location, $"{other.Key.Text}: this is the same key as '{key.Text}' in line {key.Location.Line}; expected only one of them");
        options.Plugins.Clear();
        options.Plugins.Add(section, errors);
    }
}
