using System.Text;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>One name, four spellings: max_connections, max-connections, maxConnections, MaxConnections.</summary>
internal static class KeyNames
{
    /// <summary>True if two spellings are of one name.</summary>
    public static bool Same(string a, string b) => Canonical(a) == Canonical(b);

    /// <summary>What all spellings of a name have in common: its letters and digits. Acronyms (<c>QoS</c>) have no other reliable form.</summary>
    public static string Canonical(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (c is not ('_' or '-'))
                text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    /// <summary>The form that documentation and messages use. <c>QoS</c> is <c>qos</c>, <c>ClientID</c> is <c>client_id</c>.</summary>
    public static string Snake(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            // A word starts at a capital after a small letter or digit, and at the last capital of a run that a small letter follows.
            var startsWord = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord && !IsQos(name, i))
                text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }

    private static bool IsQos(string name, int capitalS) => capitalS >= 2 && name.AsSpan(capitalS - 2, 3) is "QoS";
}
