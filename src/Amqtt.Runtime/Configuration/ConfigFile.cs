using System.Buffers;
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
        byte[] bytes = [];
        try
        {
            bytes = File.ReadAllBytes(path);
            using var reader = new StreamReader(new MemoryStream(bytes), StrictUtf8);
            var text = reader.ReadToEnd();
            if (!text.Contains('\0', StringComparison.Ordinal)) return text;
            errors.Add(place, "the configuration file has zero bytes in it, as UTF-16 without a byte order mark has; expected UTF-8");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(place, "the configuration file does not exist");
        }
        catch (DecoderFallbackException)
        {
            errors.Add(FirstThatIsNotUtf8(bytes, path), "the configuration file is not UTF-8 text; expected it to be saved as UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && Directory.Exists(path))
        {
            errors.Add(place, "this is a folder; expected a configuration file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(place, $"the configuration file cannot be read: {e.Message}");
        }

        return null;
    }

    private static ConfigLocation FirstThatIsNotUtf8(ReadOnlySpan<byte> bytes, string path)
    {
        var (line, column) = (1, 1);
        while (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
        {
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + 1);
            bytes = bytes[length..];
        }

        return new(path, line, column);
    }
}
