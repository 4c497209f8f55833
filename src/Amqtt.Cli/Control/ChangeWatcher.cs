using Amqtt.Broker.Configuration;

namespace Amqtt.Cli.Control;

/// <summary>Under <c>--watch</c>: reloads when the configuration file or anything in the plugin folder has changed and then been left alone for a moment.</summary>
internal sealed class ChangeWatcher : IDisposable
{
    // A build writes many files, an editor several: what is half written is not read.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    private readonly List<FileSystemWatcher> _watchers = [];
    private readonly Timer _timer;

    public ChangeWatcher(string? file, BrokerOptions options, Action changed)
    {
        _timer = new Timer(_ => changed());
        if (file is not null) Watch(Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileName(file), withFolders: false);
        if (options.PluginPath is { } folder && Directory.Exists(folder)) Watch(folder, "*", withFolders: true);
    }

    public void Dispose()
    {
        foreach (var watcher in _watchers) watcher.Dispose();
        _timer.Dispose();
    }

    private void Watch(string folder, string filter, bool withFolders)
    {
        var watcher = new FileSystemWatcher(folder, filter) { IncludeSubdirectories = withFolders };
        watcher.Changed += (_, _) => Touch();
        watcher.Created += (_, _) => Touch();
        watcher.Deleted += (_, _) => Touch();
        watcher.Renamed += (_, _) => Touch();
        watcher.EnableRaisingEvents = true;
        _watchers.Add(watcher);
    }

    private void Touch() => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
}
