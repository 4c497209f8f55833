using System.Text;

namespace Amqtt.Runtime.Configuration;

/// <summary>Reads a configuration file: JSON if its name ends with <c>.json</c>, otherwise YAML.</summary>
public static class ConfigFile
{
    // Refuses bytes that are not UTF-8, instead of putting replacement characters into a password.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file. One that is missing or unreadable is an error, never an empty configuration.</summary>
    /// <param name="path">The file; messages name it as given here.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <returns>The tree, or null for an empty file or one that could not be read.</returns>
    public static ConfigNode? Parse(string path, ConfigErrors errors)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(errors);
        if (ReadText(path, errors) is not { } text) return null;
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? JsonConfig.Parse(text, path, errors) : YamlConfig.Parse(text, path, errors);
    }

    private static string? ReadText(string path, ConfigErrors errors)
    {
        var place = new ConfigLocation(path, 0, 0);
        try
        {
            return File.ReadAllText(path, StrictUtf8);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(place, "the configuration file does not exist");
        }
        catch (DecoderFallbackException)
        {
            errors.Add(place, "the configuration file is not UTF-8 text");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(place, $"the configuration file cannot be read: {e.Message}");
        }

        return null;
    }
}
