namespace Amqtt.Plugins.Standard.Tests;

/// <summary>A folder with a test's files.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("amqtt-standard-");
    private int _versions;

    /// <summary>Its path.</summary>
    public string Path => _folder.FullName;

    /// <summary>The path of a file in it.</summary>
    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file. A version later than another has a later stamp, however coarse the clock of the file system is.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        File.SetLastWriteTimeUtc(At(name), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(++_versions));
        return At(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
