using Microsoft.Win32.SafeHandles;

namespace Amqtt.Runtime.Tls;

/// <summary>What tells one version of a file from the next without reading it.</summary>
/// <param name="Path">The file.</param>
/// <param name="LastWriteUtc">When it was written; default if it cannot be opened.</param>
/// <param name="Length">Bytes; -1 if it cannot be opened.</param>
internal readonly record struct FileStamp(string Path, DateTime LastWriteUtc, long Length)
{
    /// <summary>The stamps of all files that settings name, those in the folder included.</summary>
    public static FileStamp[] TakeAll(ServerTlsSettings settings)
    {
        var stamps = new List<FileStamp> { Take(settings.CertFile), Take(settings.KeyFile) };
        if (settings.CaFile is { } file)
            stamps.Add(Take(file));
        if (settings.CaPath is { } folder)
            stamps.AddRange(TrustAnchors.FilesIn(folder).Select(Take));
        return [.. stamps];
    }

    // Opened, because the time of a path may be that of a link: Kubernetes replaces a secret by moving a link some folders above the file.
    private static FileStamp Take(string path)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new(path, File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not there, or not now: a version of its own, and reading the file tells what is wrong.
            return new(path, default, -1);
        }
    }
}
