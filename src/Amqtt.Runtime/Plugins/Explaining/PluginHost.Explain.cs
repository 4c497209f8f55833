using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Plugins;

/// <content>What there is, and who says what about a question.</content>
internal sealed partial class PluginHost
{
    /// <summary>The plugins, in configuration order.</summary>
    public IReadOnlyList<PluginDescription> Describe() => [.. _plugins.Select(PluginDescription.Of)];

    /// <summary>Asks every topic plugin about a use of a topic, also those that the first denial would spare. The last line is the verdict of all.</summary>
    public async ValueTask<IReadOnlyList<PluginOpinion>> ExplainAsync(TopicAction action, ISession session, string topic, QoS qos)
    {
        var scopes = _hooks.Scopes;
        var scope = (action == TopicAction.Subscribe ? scopes.OfFilter(topic) : scopes.OfTopic(topic)) & scopes.OfListener(session.Listener);
        var opinions = new List<PluginOpinion>(_plugins.Where(plugin => (plugin.ScopeBit & scope) != 0 && plugin.Hooks.Contains(TransformOf(action)))
            .Select(plugin => new PluginOpinion(Name(plugin), TransformOf(action), "not asked", "it may change, drop or refuse what passes")));
        var transforms = opinions.Count;
        if ((session as IAuthorizedSession)?.Permissions is { } permissions) opinions.Add(OfPermissions(permissions, action, topic));
        foreach (var plugin in _plugins)
        {
            if (!plugin.Hooks.Contains(Hook.FilterTopic)) continue;
            if ((plugin.ScopeBit & scope) == 0)
            {
                opinions.Add(new(Name(plugin), Hook.FilterTopic, "not asked", "outside its $topics or $listeners"));
                continue;
            }

            var alone = new TopicChain([new TopicLink(plugin)], isStrict: false, _clock, new Authorization());
            opinions.Add(await OpinionAsync(plugin, Hook.FilterTopic, alone, action, session, topic, qos));
        }

        var verdict = await _hooks.Topics.FilterAsync(action, session, topic, qos, retain: false, scope: scope);
        opinions.Add(Conclusion(Hook.FilterTopic, verdict, opinions.Count == transforms ? "no plugin decides about topics" : ""));
        return opinions;
    }

    /// <summary>The hook that sees the packet besides: with a packet alone, and not with its topic, could it be asked.</summary>
    private static Hook TransformOf(TopicAction action) => action switch
    {
        TopicAction.Publish => Hook.Publish,
        TopicAction.Subscribe => Hook.Subscribe,
        _ => Hook.Deliver,
    };

    private static async ValueTask<PluginOpinion> OpinionAsync(
        HostedPlugin plugin, Hook hook, TopicChain alone, TopicAction action, ISession session, string topic, QoS qos)
    {
        // Alone in its chain a plugin without an opinion comes to a denial that nobody has said.
        var verdict = await alone.FilterAsync(action, session, topic, qos, retain: false);
        if (verdict.IsAllowed) return new(Name(plugin), hook, "allow", "");
        if (verdict.IsFault) return new(Name(plugin), hook, "fault", plugin.HasFailed ? "it could not be started" : "it threw or took too long; see the log");
        return verdict.IsOpinion ? new(Name(plugin), hook, "deny", Reason(verdict)) : new(Name(plugin), hook, "no opinion", "");
    }

    private static PluginOpinion OfPermissions(IReadOnlyList<TopicPermission> permissions, TopicAction action, string topic)
    {
        var rule = permissions.FirstOrDefault(permission => permission.Covers(action, topic));
        return new("(granted permissions)", Hook.Authenticate, rule?.IsAllowed is true ? "allow" : "deny", rule is null ? "no rule covers it" : $"rule '{rule.TopicFilter}'");
    }

    private static PluginOpinion Conclusion(Hook hook, Verdict verdict, string why) =>
        new("(all together)", hook, verdict.IsAllowed ? "allow" : verdict.IsFault ? "fault" : "deny", why.Length > 0 || verdict.IsAllowed || verdict.IsFault ? why : Reason(verdict));

    private static string Reason(Verdict verdict)
    {
        var code = verdict.Reason ?? ReasonCode.NotAuthorized;
        return $"0x{(byte)code:X2} {code}{(verdict.Text is { } text ? $": {text}" : "")}";
    }
}
