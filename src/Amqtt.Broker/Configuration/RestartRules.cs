using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>What of a configuration a running broker cannot change.</summary>
internal static class RestartRules
{
    // These are looked at whenever they matter; so are all limits.
    private static readonly string[] LiveInListeners = ["limits"];
    private static readonly string[] OnlyAtStart = ["event_loops"];

    /// <summary>The keys that differ and need a restart, for example <c>listeners.tls.bind</c>.</summary>
    public static IReadOnlyList<string> Differing(BrokerOptions old, BrokerOptions @new)
    {
        var keys = new List<string>();
        foreach (string key in OnlyAtStart)
        {
            if (Text(old.Describe(), key) != Text(@new.Describe(), key)) keys.Add(key);
        }

        Dictionary<string, ListenerOptions> before = Effective(old), after = Effective(@new);
        foreach (string gone in before.Keys.Except(after.Keys, StringComparer.Ordinal)) keys.Add($"listeners.{gone}");
        foreach ((string name, ListenerOptions listener) in after)
        {
            if (before.TryGetValue(name, out ListenerOptions? known)) keys.AddRange(Differing(known, listener).Select(key => $"listeners.{name}.{key}"));
            else keys.Add($"listeners.{name}");
        }

        return keys;
    }

    private static IEnumerable<string> Differing(ListenerOptions old, ListenerOptions @new)
    {
        ConfigMapping before = ConfigTree.Describe(old), after = ConfigTree.Describe(@new);
        return after.Entries.Select(static entry => entry.Key.Text).Where(key => !LiveInListeners.Contains(key, StringComparer.Ordinal) && Text(before, key) != Text(after, key));
    }

    private static Dictionary<string, ListenerOptions> Effective(BrokerOptions options) =>
        options.EffectiveListeners().ToDictionary(static listener => listener.Name, StringComparer.Ordinal);

    private static string? Text(ConfigMapping mapping, string key) =>
        mapping.Entries.FirstOrDefault(entry => entry.Key.Text == key)?.Value is { } value ? YamlText.Write(value) : null;
}
