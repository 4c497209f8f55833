namespace Amqtt.Runtime.Configuration;

/// <summary>One message about a configuration.</summary>
/// <param name="Location">The place it is about.</param>
/// <param name="Text">What is wrong, where (key path), and what would be right.</param>
public sealed record ConfigMessage(ConfigLocation Location, string Text)
{
    /// <summary><c>file:line:column: message</c>.</summary>
    public override string ToString() => Location.ToString() is { Length: > 0 } place ? $"{place}: {Text}" : Text;
}

/// <summary>Collects everything that is wrong with a configuration, so that one run reports it all. For one thread.</summary>
public sealed class ConfigErrors
{
    private readonly List<ConfigMessage> _errors = [];
    private readonly List<ConfigMessage> _warnings = [];

    /// <summary>True once an error was added.</summary>
    public bool HasErrors => _errors.Count > 0;

    /// <summary>The errors, in the order of file, line and column.</summary>
    public IReadOnlyList<ConfigMessage> Errors => InOrder(_errors);

    /// <summary>The warnings, in the order of file, line and column.</summary>
    public IReadOnlyList<ConfigMessage> Warnings => InOrder(_warnings);

    /// <summary>Adds an error: the configuration will not be used.</summary>
    /// <param name="location">Where.</param>
    /// <param name="message">What is wrong, under which key path, and what would be right. Never the value of a secret.</param>
    public void Add(ConfigLocation location, string message) => _errors.Add(new(location, message));

    /// <summary>Adds a warning: the configuration counts, but somebody should look at it.</summary>
    /// <param name="location">Where.</param>
    /// <param name="message">What is odd and what was made of it.</param>
    public void Warn(ConfigLocation location, string message) => _warnings.Add(new(location, message));

    /// <summary>True if there is an error about this very key, so that its value is not what the configuration says.</summary>
    internal bool IsWrong(string keyPath) => _errors.Exists(e => e.Text.StartsWith(keyPath, StringComparison.Ordinal) && e.Text.AsSpan(keyPath.Length).StartsWith(':'));

    /// <summary>Throws if an error was added.</summary>
    /// <exception cref="ConfigurationException">There is at least one error; the exception carries all of them.</exception>
    public void ThrowIfAny()
    {
        if (HasErrors)
            throw new ConfigurationException(Errors);
    }

    // Stable, so that messages about one place keep the order in which they were found.
    private static List<ConfigMessage> InOrder(List<ConfigMessage> messages) =>
        [.. messages.OrderBy(m => m.Location.File, StringComparer.Ordinal).ThenBy(m => m.Location.Line).ThenBy(m => m.Location.Column)];
}
