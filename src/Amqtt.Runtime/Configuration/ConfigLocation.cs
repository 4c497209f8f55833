namespace Amqtt.Runtime.Configuration;

/// <summary>Where a configuration value was written.</summary>
/// <param name="File">File name as the user gave it, or null for a configuration that did not come from a file.</param>
/// <param name="Line">Line, counted from 1; 0 = unknown.</param>
/// <param name="Column">Column, counted from 1; 0 = unknown.</param>
public readonly record struct ConfigLocation(string? File, int Line, int Column)
{
    /// <summary>The place of a value that was never text: a dictionary or an object. Messages then start with the key path.</summary>
    public static ConfigLocation None => default;

    /// <summary><c>file:line:column</c>, the form editors and terminals make clickable; empty for <see cref="None"/>.</summary>
    public override string ToString() => (File, Line) switch
    {
        (null, 0) => "",
        (null, _) => $"{Line}:{Column}",
        (_, 0) => File,
        _ => $"{File}:{Line}:{Column}",
    };
}
