using System.Threading.Channels;

namespace Amqtt.Cli.Commands;

/// <summary>Tells when one of some files has been saved. Editors write, rename or replace it, in several steps: a burst is one save.</summary>
internal sealed class FileSaves : IDisposable
{
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly FileSystemWatcher[] _watchers;

    /// <param name="files">Their full paths.</param>
    public FileSaves(IEnumerable<string> files) => _watchers = [.. files.Select(Watch)];

    /// <summary>Completes after the next save.</summary>
    public async Task NextAsync(CancellationToken cancel)
    {
        await _changes.Reader.ReadAsync(cancel);
        await Task.Delay(Burst, cancel);
        _changes.Reader.TryRead(out _);
    }

    public void Dispose()
    {
        foreach (var watcher in _watchers) watcher.Dispose();
    }

    private FileSystemWatcher Watch(string file)
    {
        var watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!, Path.GetFileName(file)) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.CreationTime | NotifyFilters.Size };
        watcher.Changed += OnChange;
        watcher.Created += OnChange;
        watcher.Renamed += OnChange;
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private void OnChange(object sender, FileSystemEventArgs change) => _changes.Writer.TryWrite(true);
}
