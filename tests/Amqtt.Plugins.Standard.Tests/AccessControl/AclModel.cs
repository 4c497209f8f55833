namespace Amqtt.Plugins.Standard.Tests.AccessControl;

/// <summary>What an access control list means, written as plainly as possible: levels, recursion, sets. Nothing of it is shared with the plugin.</summary>
internal sealed class AclModel(Dictionary<string, List<string>>? allow, Dictionary<string, List<string>>? deny)
{
    public bool Allows(string clientId, string? user, string topic) =>
        user == "admin"
        || ((allow is null || Of(allow, user).Any(rule => Covers(rule, clientId, user, topic, isDeny: false)))
            && (deny is null || !Of(deny, user).Any(rule => Covers(rule, clientId, user, topic, isDeny: true))));

    public static bool Matches(string filter, string topic) =>
        !(topic.StartsWith('$') && filter[0] is '+' or '#' && topic[0] == '$') && Matches([.. filter.Split('/')], [.. topic.Split('/')]);

    private static IEnumerable<string> Of(Dictionary<string, List<string>> rules, string? user)
    {
        foreach (var (name, filters) in rules)
        {
            if (name == "$all" || name == (string.IsNullOrEmpty(user) ? "anonymous" : user))
            {
                foreach (var filter in filters) yield return filter;
            }
        }
    }

    private static bool Covers(string rule, string clientId, string? user, string topic, bool isDeny)
    {
        var levels = rule.Split('/').ToList();
        for (var i = 0; i < levels.Count; i++)
        {
            if (levels[i] is not ("%c" or "%u")) continue;
            var value = levels[i] == "%c" ? clientId : user ?? "";
            var fits = value.Length > 0 && !value.Contains('/') && !value.Contains('+') && !value.Contains('#');
            if (fits && (isDeny || i > 0 || value[0] != '$'))
            {
                levels[i] = value;
            }
            else if (!isDeny)
            {
                return false;
            }
            else
            {
                levels = [.. levels[..i], "#"];
                break;
            }
        }

        return Matches(string.Join('/', levels), topic);
    }

    private static bool Matches(List<string> filter, List<string> topic)
    {
        if (filter is ["#"]) return true;
        if (filter.Count == 0) return topic.Count == 0;
        if (topic.Count == 0) return false;
        return (filter[0] == "+" || filter[0] == topic[0]) && (Matches(filter[1..], topic[1..]) || (topic.Count == 1 && filter is [_, "#"]));
    }
}
