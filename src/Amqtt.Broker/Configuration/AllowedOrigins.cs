using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>Which web pages may open a WebSocket to a listener: a list of origins (<c>https://app.example.com</c>), or any.</summary>
public sealed class AllowedOrigins : IConfigBindable<AllowedOrigins>
{
    private const string AnyWord = "any";
    private const string Nobody = "null"; // what a browser sends for a page without an origin
    private const string Expected = "expected scheme, host and perhaps a port, such as https://app.example.com or http://localhost:8080";

    private AllowedOrigins(IReadOnlyList<string> origins) => Origins = origins;

    /// <summary>Pages of any origin.</summary>
    public static AllowedOrigins Any { get; } = new([]);

    /// <summary>True for <see cref="Any"/>.</summary>
    public bool IsAny => ReferenceEquals(this, Any);

    /// <summary>The origins of the list, as written.</summary>
    public IReadOnlyList<string> Origins { get; }

    /// <summary>Pages of these origins.</summary>
    /// <param name="origins">Scheme, host and port, as a browser writes them in the Origin header; <c>null</c> for pages without an origin.</param>
    /// <exception cref="FormatException">One of them is none.</exception>
    public static AllowedOrigins Of(params IReadOnlyList<string> origins)
    {
        ArgumentNullException.ThrowIfNull(origins);
        foreach (string origin in origins)
        {
            if (ProblemOf(origin) is { } problem) throw new FormatException(problem);
        }

        return new([.. origins]);
    }

    /// <inheritdoc/>
    public static AllowedOrigins? Bind(ConfigNode node, ConfigErrors errors, string keyPath)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(errors);
        if (node is ConfigScalar { Text: AnyWord })
            return Any;
        if (node is not ConfigSequence list)
        {
            errors.Add(node.Location, $"{keyPath}: expected a list of origins such as [https://app.example.com], or any");
            return null;
        }

        var origins = new List<string>();
        foreach (ConfigNode item in list.Items)
        {
            string? problem = item is ConfigScalar scalar ? ProblemOf(scalar.Text) : Expected;
            if (problem is null) origins.Add(((ConfigScalar)item).Text);
            else errors.Add(item.Location, $"{keyPath}: {problem}");
        }

        return origins.Count == list.Items.Count ? new(origins) : null;
    }

    /// <inheritdoc/>
    public ConfigNode ToConfig() => IsAny
        ? new ConfigScalar(ConfigLocation.None, AnyWord, isPlain: true)
        : new ConfigSequence(ConfigLocation.None, [.. Origins.Select(origin => new ConfigScalar(ConfigLocation.None, origin, isPlain: false))]);

    /// <summary>What is wrong with an origin; null if nothing is. A browser compares no path, so one would never match, but for the slash that is easily copied along.</summary>
    private static string? ProblemOf(string text)
    {
        if (text == Nobody) return null;
        if (text is AnyWord or "*") return $"'{text}' is no origin; to let pages of any origin in write {AnyWord} in place of the list";
        int host = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (host < 3) return $"'{text}' has no scheme; {Expected}";
        string rest = text[host..];
        if (rest.EndsWith('/')) rest = rest[..^1];
        if (rest.AsSpan().IndexOfAny("/?#@") >= 0) return $"'{text}' has more than scheme, host and port; {Expected}";
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? origin) && origin.Host.Length > 0 && !rest.EndsWith(':') && !text.Contains('*', StringComparison.Ordinal)
            ? null
            : $"'{text}' is no origin; {Expected}";
    }
}
