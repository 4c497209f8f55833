namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary><c>; did you mean 'x'?</c>, or nothing if no name is near.</summary>
    public static string Hint(string written, IEnumerable<string> names) => Find(written, names) is { } name ? $"; did you mean '{KeyNames.Snake(name)}'?" : "";

    /// <summary>The nearest of several names, if it is near enough to be a slip.</summary>
    public static string? Find(string written, IEnumerable<string> names)
    {
        var canonical = KeyNames.Canonical(written);
        string? best = null;
        var bestDistance = Math.Max(1, canonical.Length / 3) + 1;
        foreach (var name in names)
        {
            var distance = Distance(canonical, KeyNames.Canonical(name));
            if (distance < bestDistance)
                (best, bestDistance) = (name, distance);
        }

        return best;
    }

    // Damerau-Levenshtein with adjacent transpositions: the usual slips of typing cost 1.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(substitute, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
