namespace Amqtt.Runtime.Tls;

/// <summary>Reads files that a person named in a configuration, and says in that person's words why one cannot be read.</summary>
internal static class TlsFile
{
    /// <summary>The bytes of a file.</summary>
    /// <param name="key">The configuration key that names it.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="TlsException">It cannot be read.</exception>
    public static byte[] Read(string key, string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new TlsException($"{key}: no file is given; TLS needs both certfile and keyfile");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TlsException($"{Name(key, path)}: there is no such file", e);
        }
        catch (UnauthorizedAccessException e)
        {
            var problem = Directory.Exists(path) ? "is a folder, expected a file" : $"may not be read; the user '{Environment.UserName}' needs permission";
            throw new TlsException($"{Name(key, path)}: {problem}", e);
        }
        catch (IOException e)
        {
            throw new TlsException($"{Name(key, path)}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>How messages name a file: by the key that a person wrote and the path that came of it.</summary>
    public static string Name(string key, string path) => $"{key} '{path}'";
}
