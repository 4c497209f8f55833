namespace Amqtt.Runtime.Configuration;

/// <summary>A configuration cannot be used. Carries every error that was found, not only the first.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>An exception that carries errors.</summary>
    /// <param name="errors">At least one error, in the order to print.</param>
    public ConfigurationException(IReadOnlyList<ConfigMessage> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>All errors, in the order of the file.</summary>
    public IReadOnlyList<ConfigMessage> Errors { get; }
}
