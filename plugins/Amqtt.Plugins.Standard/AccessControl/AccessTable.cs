namespace Amqtt.Plugins.Standard;

/// <summary>Rules by user name, and rules for everyone.</summary>
internal sealed class AccessTable
{
    /// <summary>The key of rules that count for every client.</summary>
    public const string Everyone = "$all";

    /// <summary>The name under which a client without user name is looked up.</summary>
    public const string Anonymous = "anonymous";

    private readonly Dictionary<string, List<AccessRule>> _rules = new(StringComparer.Ordinal);

    /// <summary>Adds a rule.</summary>
    public void Add(string user, AccessRule rule)
    {
        if (!_rules.TryGetValue(user, out var rules)) _rules.Add(user, rules = []);
        rules.Add(rule);
    }

    /// <summary>The rules that count for a user: its own and everyone's.</summary>
    public IEnumerable<AccessRule> Of(string? userName)
    {
        var own = _rules.GetValueOrDefault(string.IsNullOrEmpty(userName) ? Anonymous : userName) ?? [];
        return userName != Everyone && _rules.TryGetValue(Everyone, out var all) ? own.Concat(all) : own;
    }
}
