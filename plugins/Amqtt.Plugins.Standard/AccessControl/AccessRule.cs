using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// One topic filter of an access control list. A level that is <c>%c</c> stands for the client id, one that is <c>%u</c> for the user name: for exactly that
/// text as one level, so that nobody gains anything by calling himself <c>+</c>, <c>#</c>, <c>a/b</c> or <c>$SYS</c>.
/// </summary>
internal sealed class AccessRule
{
    private const string ClientIdLevel = "%c";
    private const string UserNameLevel = "%u";

    private readonly string _filter;
    private readonly string[]? _levels;

    private AccessRule(string filter)
    {
        _filter = filter;
        var levels = filter.Split('/');
        if (Array.Exists(levels, IsName)) _levels = levels;
    }

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">It is no topic filter.</exception>
    public static AccessRule Parse(string filter)
    {
        if (!TopicFilter.IsValid(filter))
            throw new FormatException($"expected a topic filter such as factory/+/state or factory/#, but found '{LogText.Escape(filter)}'");
        if (filter.StartsWith("$share/", StringComparison.Ordinal))
            throw new FormatException($"a rule names topics, not a shared subscription; expected '{LogText.Escape(SharedFilter(filter))}' in place of '{LogText.Escape(filter)}'");
        return new(filter);
    }

    /// <summary>The filter for one client that the rule lets do something; null if the client's names cannot be part of one.</summary>
    public string? Allows(string clientId, string? userName)
    {
        if (_levels is null) return _filter;
        var levels = new string[_levels.Length];
        for (var i = 0; i < levels.Length; i++)
        {
            var value = Value(_levels[i], clientId, userName);
            if (!ReferenceEquals(value, _levels[i]) && (!IsOneLevel(value) || (i == 0 && value[0] == '$'))) return null;
            levels[i] = value!;
        }

        return string.Join('/', levels);
    }

    /// <summary>The filter for one client that the rule keeps from something. Names that cannot be part of one do not open what the rule closes: everything from there on is denied.</summary>
    public string Denies(string clientId, string? userName)
    {
        if (_levels is null) return _filter;
        var levels = new List<string>(_levels.Length);
        foreach (var level in _levels)
        {
            var value = Value(level, clientId, userName);
            var isUsable = !IsName(level) || IsOneLevel(value);
            levels.Add(isUsable ? value : "#");
            if (!isUsable) break;
        }

        return string.Join('/', levels);
    }

    private static bool IsName(string level) => level is ClientIdLevel or UserNameLevel;

    private static string Value(string level, string clientId, string? userName) => level switch
    {
        ClientIdLevel => clientId,
        UserNameLevel => userName ?? "",
        _ => level,
    };

    private static bool IsOneLevel(string value) => value.Length > 0 && value.AsSpan().IndexOfAny('/', '+', '#') < 0;

    private static string SharedFilter(string filter) => SharedSubscription.TryParse(filter, out var shared) ? shared.Filter : filter;
}
