using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>A temporary folder that is made when something is put into it and goes when its owner does.</summary>
internal sealed class PrivateFolder(string prefix, ILoggerFactory loggers) : IDisposable
{
    private DirectoryInfo? _folder;
    private int _count;

    /// <summary>Makes a folder in it that nobody else uses.</summary>
    /// <param name="name">What it is for; need not be unique.</param>
    public DirectoryInfo Add(string name)
    {
        _folder ??= Directory.CreateTempSubdirectory(prefix);
        return _folder.CreateSubdirectory($"{_count++}-{name}");
    }

    public void Dispose()
    {
        if (_folder is not { } folder) return;
        _folder = null;
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Windows does not delete files that are in use; they are in the temporary folder.
            loggers.CreateLogger(PluginHostOptions.BrokerCategory).CopiesRemain(folder.FullName, exception);
        }
    }
}
