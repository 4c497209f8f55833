using System.Text;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// What the plugins of a host want to be asked about at all (<c>$topics</c>, <c>$listeners</c>), as bits: one for each plugin that has said so, and the lowest one, which is always set, for
/// all others. A set of bits is worked out once for a topic or a listener and then compared with those of the plugins, so that a plugin for
/// <c>factory/#</c> costs nothing elsewhere. Immutable.
/// </summary>
internal sealed class PluginScopes
{
    /// <summary>Everybody is asked.</summary>
    public const ulong All = ulong.MaxValue;

    /// <summary>The bit of plugins that are asked about everything.</summary>
    public const ulong Unscoped = 1;

    /// <summary>How many plugins can have a scope.</summary>
    public const int Most = 63;

    private readonly Rule[] _byTopic;
    private readonly Rule[] _byListener;
    private readonly ulong _noTopics;
    private readonly ulong _noListeners;

    public PluginScopes(IReadOnlyList<HostedPlugin> plugins)
    {
        var (byTopic, byListener) = (new List<Rule>(), new List<Rule>());
        (_noTopics, _noListeners) = (All, All);
        foreach (var plugin in plugins)
        {
            if (plugin.ScopeBit == Unscoped) continue;
            if (plugin.Settings.Topics is { } topics)
            {
                byTopic.Add(new(plugin.ScopeBit, [.. topics.Select(Encoding.UTF8.GetBytes)], [.. topics]));
                _noTopics &= ~plugin.ScopeBit;
            }

            if (plugin.Settings.Listeners is { } listeners)
            {
                byListener.Add(new(plugin.ScopeBit, [], [.. listeners]));
                _noListeners &= ~plugin.ScopeBit;
            }
        }

        _byTopic = [.. byTopic];
        _byListener = [.. byListener];
    }

    /// <summary>Whether topics make a difference; if not, <see cref="All"/> is the scope of every one.</summary>
    public bool HasTopics => _byTopic.Length > 0;

    /// <summary>Whether listeners make a difference.</summary>
    public bool HasListeners => _byListener.Length > 0;

    /// <summary>Who is asked about a topic name, UTF-8.</summary>
    public ulong OfTopic(ReadOnlySpan<byte> topic)
    {
        var scope = _noTopics;
        foreach (var rule in _byTopic)
        {
            foreach (var filter in rule.Utf8)
            {
                if (!TopicFilter.Matches(filter, topic)) continue;
                scope |= rule.Bit;
                break;
            }
        }

        return scope;
    }

    /// <summary>Who is asked about a topic name.</summary>
    public ulong OfTopic(string topic)
    {
        var scope = _noTopics;
        foreach (var rule in _byTopic)
        {
            if (Array.Exists(rule.Texts, filter => TopicFilter.Matches(filter, topic))) scope |= rule.Bit;
        }

        return scope;
    }

    /// <summary>Who is asked about a topic filter, without <c>$share/group/</c>: whoever is asked about any topic that matches it.</summary>
    public ulong OfFilter(string filter)
    {
        var scope = _noTopics;
        foreach (var rule in _byTopic)
        {
            if (Array.Exists(rule.Texts, topics => TopicFilter.Overlaps(topics, filter))) scope |= rule.Bit;
        }

        return scope;
    }

    /// <summary>Who is asked about clients of a listener; null or empty for a session without one: only those who have not named listeners.</summary>
    public ulong OfListener(string? listener)
    {
        var scope = _noListeners;
        foreach (var rule in _byListener)
        {
            if (Array.IndexOf(rule.Texts, listener) >= 0) scope |= rule.Bit;
        }

        return scope;
    }

    private sealed record Rule(ulong Bit, byte[][] Utf8, string[] Texts);
}
