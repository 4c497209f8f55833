using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>Which web pages may open a WebSocket to a listener: a list of origins (<c>https://app.example.com</c>), or any.</summary>
public sealed class AllowedOrigins : IConfigBindable<AllowedOrigins>
{
    private const string AnyWord = "any";

    private AllowedOrigins(IReadOnlyList<string> origins) => Origins = origins;

    /// <summary>Pages of any origin.</summary>
    public static AllowedOrigins Any { get; } = new([]);

    /// <summary>True for <see cref="Any"/>.</summary>
    public bool IsAny => ReferenceEquals(this, Any);

    /// <summary>The origins of the list, as written.</summary>
    public IReadOnlyList<string> Origins { get; }

    /// <summary>Pages of these origins.</summary>
    /// <param name="origins">Scheme, host and port, as a browser writes them in the Origin header.</param>
    public static AllowedOrigins Of(params IReadOnlyList<string> origins) => new(origins);

    /// <inheritdoc/>
    public static AllowedOrigins? Bind(ConfigNode node, ConfigErrors errors, string keyPath)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(errors);
        if (node is ConfigScalar { Text: AnyWord })
            return Any;
        if (node is ConfigSequence && ConfigBinder.TryBind(typeof(string[]), node, errors, keyPath, out var origins))
            return new((string[])origins!);
        if (node is not ConfigSequence)
            errors.Add(node.Location, $"{keyPath}: expected a list of origins such as [https://app.example.com], or any");
        return null;
    }

    /// <inheritdoc/>
    public ConfigNode ToConfig() => IsAny
        ? new ConfigScalar(ConfigLocation.None, AnyWord, isPlain: true)
        : new ConfigSequence(ConfigLocation.None, [.. Origins.Select(origin => new ConfigScalar(ConfigLocation.None, origin, isPlain: false))]);
}
