using System.Threading.Channels;

namespace Amqtt.Cli.Commands;

/// <summary>Tells when a file has been saved. Editors write, rename or replace it, in several steps: a burst is one save.</summary>
internal sealed class FileSaves : IDisposable
{
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly FileSystemWatcher _watcher;

    public FileSaves(string file)
    {
        _watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!, Path.GetFileName(file)) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.CreationTime | NotifyFilters.Size };
        _watcher.Changed += OnChange;
        _watcher.Created += OnChange;
        _watcher.Renamed += OnChange;
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Completes after the next save.</summary>
    public async Task NextAsync(CancellationToken cancel)
    {
        await _changes.Reader.ReadAsync(cancel);
        await Task.Delay(Burst, cancel);
        _changes.Reader.TryRead(out _);
    }

    public void Dispose() => _watcher.Dispose();

    private void OnChange(object sender, FileSystemEventArgs change) => _changes.Writer.TryWrite(true);
}
