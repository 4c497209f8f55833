using Amqtt.Broker.Configuration;

namespace Amqtt.Cli.Control;

/// <summary>
/// Under <c>--watch</c>: reloads when the configuration file, a file that a value is taken from (<c>${file:…}</c>), or anything in the plugin folder has changed and then
/// been left alone for a moment.
/// </summary>
internal sealed class ChangeWatcher : IDisposable
{
    // Kubernetes replaces the files of a mounted secret all at once, by a link of this name beside them.
    private const string MountedData = "..data";

    // A build writes many files, an editor several: what is half written is not read.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private readonly string? _file;
    private readonly Timer _timer;
    private List<FileSystemWatcher> _watchers = [];
    private bool _isDisposed;

    public ChangeWatcher(string? file, Action changed)
    {
        _file = file is null ? null : Path.GetFullPath(file);
        _timer = new Timer(_ => changed());
    }

    /// <summary>Watches what this configuration is made from, and no more what the last one was made from.</summary>
    public void Follow(BrokerOptions options)
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            var last = _watchers;
            IEnumerable<string> files = options.Source?.Files ?? [];
            if (_file is not null) files = files.Prepend(_file);
            _watchers = [.. files.GroupBy(static file => Path.GetDirectoryName(file)!).Where(static folder => Directory.Exists(folder.Key)).Select(FilesIn)];
            if (options.PluginPath is { } plugins && Directory.Exists(plugins)) _watchers.Add(Watch(new(plugins) { IncludeSubdirectories = true }));
            // Only now, so that no change falls between them.
            foreach (var watcher in last) watcher.Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var watcher in _watchers) watcher.Dispose();
        }

        _timer.Dispose();
    }

    private FileSystemWatcher FilesIn(IGrouping<string, string> folder)
    {
        var watcher = new FileSystemWatcher(folder.Key);
        foreach (var file in folder) watcher.Filters.Add(Path.GetFileName(file));
        watcher.Filters.Add(MountedData);
        return Watch(watcher);
    }

    private FileSystemWatcher Watch(FileSystemWatcher watcher)
    {
        watcher.Changed += (_, _) => Touch();
        watcher.Created += (_, _) => Touch();
        watcher.Deleted += (_, _) => Touch();
        watcher.Renamed += (_, _) => Touch();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private void Touch() => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
}
