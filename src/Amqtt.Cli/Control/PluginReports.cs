using Amqtt.Broker;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Cli.Control;

/// <summary>The lines of <c>amqtt plugins list</c> and <c>amqtt plugins explain</c>.</summary>
internal static class PluginReports
{
    /// <summary>One paragraph a plugin.</summary>
    public static ControlAnswer List(IEnumerable<PluginDescription> plugins) => ControlAnswer.Done([.. plugins.SelectMany(Lines).DefaultIfEmpty("no plugins")]);

    /// <summary>The chain, each verdict and why.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="opinions">What the plugins said.</param>
    /// <param name="hasSession">Whether they were asked about a session that there is, with what was granted to it.</param>
    public static ControlAnswer Explain(ExplainRequest request, IEnumerable<PluginOpinion> opinions, bool hasSession)
    {
        var client = LogText.Escape(request.ClientId);
        string[] head = [$"{request.Action.ToString().ToLowerInvariant()} '{LogText.Escape(request.Topic)}' by client '{client}':"];
        if (!hasSession) head = [.. head, $"  (client '{client}' has no session: what an authentication plugin would grant it, such as permissions, a topic prefix or attributes, is not known)"];
        var lines = opinions.Select(static opinion => $"  {opinion.Plugin}: {opinion.Hook}: {opinion.Verdict}{(opinion.Why.Length > 0 ? $" ({LogText.Escape(opinion.Why)})" : "")}");
        return ControlAnswer.Done([.. head, .. lines]);
    }

    /// <summary>Asks the running broker; about a client that has no session, as if it had one.</summary>
    public static async Task<ControlAnswer> ExplainAsync(MqttBroker broker, ExplainRequest request)
    {
        var session = broker.FindSession(request.ClientId);
        return Explain(request, await broker.ExplainAsync(request.Action, session ?? new SupposedSession(request), request.Asked, QoS.AtMostOnce), session is not null);
    }

    private static IEnumerable<string> Lines(PluginDescription plugin)
    {
        yield return $"{plugin.Id} ({plugin.Class} {plugin.Version}): {plugin.State}";
        if (plugin.Roles.Count > 0) yield return $"  decides: {string.Join(", ", plugin.Roles)}";
        if (plugin.Hooks.Count > 0) yield return $"  hooks: {string.Join(", ", plugin.Hooks)}";
    }
}
