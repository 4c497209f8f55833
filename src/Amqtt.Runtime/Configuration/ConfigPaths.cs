namespace Amqtt.Runtime.Configuration;

/// <summary>Paths in a configuration are relative to the file they are written in, so that it means the same wherever the broker is started from.</summary>
internal static class ConfigPaths
{
    public static string Resolve(string path, ConfigLocation location)
    {
        var folder = location.File is { } file ? Path.GetDirectoryName(Path.GetFullPath(file)) : null;
        return Path.GetFullPath(path, folder ?? Environment.CurrentDirectory);
    }
}
