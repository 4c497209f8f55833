using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Broker.Configuration;

/// <summary>
/// The sections by which older configurations chose plugins. Beside <c>plugins</c> they have no effect; without it they would decide who may do what, so that
/// passing over them could open a broker that was closed.
/// </summary>
internal static class OlderSections
{
    private static readonly (string Key, string Instead)[] Keys =
    [
        ("auth", "list the authentication plugins and their options under 'plugins'"),
        ("topic_check", "list the topic plugins and their options under 'plugins'"),
        ("sys_interval", "set 'sys_interval' of amqtt.plugins.sys.broker.BrokerSysPlugin under 'plugins'"),
    ];

    /// <summary>Reports the older sections and returns the mapping without them.</summary>
    public static ConfigMapping TakeOut(ConfigMapping root, ConfigErrors errors)
    {
        var (older, others) = root.Split(key => Array.Exists(Keys, k => KeyNames.Same(k.Key, key)));
        var hasPlugins = others.Entries.Any(entry => KeyNames.Same(entry.Key.Text, nameof(BrokerOptions.Plugins)));
        foreach (var (key, value) in older.Entries)
        {
            if (value.IsNull)
                continue;
            var instead = Array.Find(Keys, k => KeyNames.Same(k.Key, key.Text)).Instead;
            if (hasPlugins)
                errors.Warn(key.Location, $"{key.Text}: this older section is ignored because there is a section 'plugins'; {instead}");
            else
                errors.Add(key.Location, $"{key.Text}: this older section is not supported yet; {instead}");
        }

        return others;
    }
}
