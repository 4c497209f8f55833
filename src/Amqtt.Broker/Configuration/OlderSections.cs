using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Configuration;

/// <summary>
/// The sections <c>auth</c>, <c>topic-check</c> and <c>sys_interval</c>, by which older configurations chose plugins (P-A11). They are understood as they were meant, with
/// one warning each that says how to write it today; beside <c>plugins</c> the first two count for nothing.
/// </summary>
internal sealed class OlderSections(ConfigMapping root, ConfigErrors errors)
{
    private const string Auth = "auth";
    private const string TopicCheck = "topic_check";
    private const string SysInterval = "sys_interval";
    private const string AnonymousName = "auth_anonymous";
    private const string FileName = "auth_file";
    private const string TabooName = "topic_taboo";
    private const string AclName = "topic_acl";

    private static readonly string[] AclKeys = ["publish_acl", "subscribe_acl", "receive_acl", "acl"];

    /// <summary>Their keys.</summary>
    public static IReadOnlyList<string> Keys { get; } = [Auth, TopicCheck, SysInterval];

    /// <summary>Whether a top-level key is one of these sections.</summary>
    public static bool IsOne(string key) => Keys.Any(known => KeyNames.Same(known, key));

    /// <summary>Makes of the older sections what they say about plugins.</summary>
    /// <param name="sections">The entries of the configuration that are older sections.</param>
    /// <param name="plugins">The plugins so far: those of <c>plugins</c>, or the default ones.</param>
    /// <param name="hasPlugins">Whether there is a section <c>plugins</c>, which counts alone.</param>
    public void Apply(ConfigMapping sections, PluginCollection plugins, bool hasPlugins)
    {
        var auth = Section(sections, Auth, hasPlugins, "list the authentication plugins and their options under 'plugins'");
        var topics = Section(sections, TopicCheck, hasPlugins, "list the topic plugins and their options under 'plugins'");
        if (auth is not null)
        {
            plugins.Clear();
            plugins.Add(DefaultPlugins.EventLogger).Add(DefaultPlugins.PacketLogger).Add(DefaultPlugins.Sys, ConfigTree.FromDictionary([new("sys_interval", 20)]));
            Select(Auth, auth, plugins, [AnonymousName, FileName], OptionsOfAuth, isKnown: key => IsAny(key, "plugins", "allow_anonymous", "password_file"));
        }
        else if (topics is not null && plugins.Count == 0)
        {
            foreach (var plugin in DefaultPlugins.All()) plugins.Add(plugin);
        }

        if (topics is not null)
        {
            var isEnabled = Find(topics, "enabled") is { } enabled && ConfigBinder.Bind(typeof(bool), enabled, errors, "topic-check.enabled") is true;
            Select("topic-check", topics, isEnabled ? plugins : [], [TabooName, AclName], OptionsOfTopics, isKnown: key => IsAny(key, ["plugins", "enabled", .. AclKeys]));
        }

        if (FindEntry(sections, SysInterval) is { Value.IsNull: false } interval) SetInterval(interval, plugins);
    }

    /// <summary>A section's content, with its warning; null if it is absent, empty, or does not count.</summary>
    private ConfigMapping? Section(ConfigMapping sections, string name, bool hasPlugins, string instead)
    {
        if (FindEntry(sections, name) is not { Value.IsNull: false } entry) return null;
        if (hasPlugins)
        {
            errors.Warn(entry.Key.Location, $"{entry.Key.Text}: this older section is ignored because there is a section 'plugins'; {instead}");
            return null;
        }

        errors.Warn(entry.Key.Location, $"{entry.Key.Text}: this is an older section; {instead}");
        if (entry.Value is ConfigMapping mapping) return mapping;
        errors.Add(entry.Value.Location, $"{entry.Key.Text}: expected a mapping, but found {entry.Value.Kind}");
        return null;
    }

    /// <summary>Adds the plugins that a section's list names; without a list, all that there were.</summary>
    private void Select(string key, ConfigMapping section, PluginCollection plugins, string[] all, Func<string, ConfigMapping, ConfigMapping?> optionsOf, Predicate<string> isKnown)
    {
        ConfigNode? list = Find(section, "plugins");
        IEnumerable<ConfigNode> names = list switch
        {
            null => all.Select(name => new ConfigScalar(section.Location, name, isPlain: true)),
            ConfigSequence sequence => sequence.Items,
            _ => Wrong(key, list),
        };
        var hasOthers = false;
        foreach (var node in names)
        {
            if (node is not ConfigScalar { IsNull: false, Text.Length: > 0 } name)
            {
                Wrong(key, node);
                continue;
            }

            var isOurs = all.Contains(name.Text, StringComparer.Ordinal);
            hasOthers |= !isOurs;
            plugins.Add(new PluginRegistration(name.Text, name.Location) { Options = isOurs ? optionsOf(name.Text, section) : null, Configuration = root });
        }

        // What a plugin that is not ours reads there, only it knows.
        if (hasOthers) return;
        foreach (var entry in section.Entries.Where(entry => !isKnown(entry.Key.Text)))
            errors.Add(entry.Key.Location, $"{key}.{entry.Key.Text}: unknown key of an older section{Nearest.Hint(entry.Key.Text, ["plugins", "enabled", "allow_anonymous", "password_file", .. AclKeys])}");
    }

    private ConfigSequence[] Wrong(string key, ConfigNode node)
    {
        errors.Add(node.Location, $"{key}.plugins: expected a list of plugin names such as [{AnonymousName}, {FileName}], but found {node.Kind}");
        return [];
    }

    private static ConfigMapping? OptionsOfAuth(string plugin, ConfigMapping section) =>
        Only(section, plugin == AnonymousName ? ["allow_anonymous"] : ["password_file"]);

    private static ConfigMapping? OptionsOfTopics(string plugin, ConfigMapping section) => plugin == AclName ? Only(section, AclKeys) : null;

    private static ConfigMapping Only(ConfigMapping section, string[] keys) => section.Split(key => IsAny(key, keys)).Matching;

    private void SetInterval(ConfigEntry interval, PluginCollection plugins)
    {
        errors.Warn(interval.Key.Location, $"{interval.Key.Text}: this is an older key; set 'sys_interval' of {DefaultPlugins.Sys} under 'plugins'");
        var all = plugins.ToList();
        plugins.Clear();
        foreach (var plugin in all)
        {
            var isOpen = IsSys(plugin.Path) && (IsDefault(plugin.Options) || plugin.Options is not ConfigMapping own || Find(own, SysInterval) is null);
            plugins.Add(isOpen ? WithInterval(plugin, interval) : plugin);
        }
    }

    private static PluginRegistration WithInterval(PluginRegistration plugin, ConfigEntry interval)
    {
        var others = plugin.Options is ConfigMapping own ? own.Split(key => KeyNames.Same(key, SysInterval)).Others.Entries : [];
        return new(plugin.Path, plugin.Location) { Options = new ConfigMapping(interval.Key.Location, [.. others, interval]) };
    }

    // The interval that nobody wrote has no place in a file.
    private static bool IsDefault(ConfigNode? options) => options is null || options.Location == ConfigLocation.None;

    private static bool IsSys(string path) => path is DefaultPlugins.Sys or "amqtt.plugin.sys.broker.BrokerSysPlugin" or "broker_sys" or "sys" or "Amqtt.Plugins.Standard.BrokerSysPlugin";

    private static bool IsAny(string key, params string[] names) => Array.Exists(names, name => KeyNames.Same(name, key));

    private static ConfigEntry? FindEntry(ConfigMapping mapping, string key) => mapping.Entries.LastOrDefault(entry => KeyNames.Same(entry.Key.Text, key));

    private static ConfigNode? Find(ConfigMapping mapping, string key) => FindEntry(mapping, key)?.Value is { IsNull: false } value ? value : null;
}
