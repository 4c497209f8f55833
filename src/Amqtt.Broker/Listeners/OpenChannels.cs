using System.Collections.Concurrent;
using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Listeners;

/// <summary>Every channel whose transport has not been given back, so that a shutdown can wait for the last bytes of each. Any thread.</summary>
internal sealed class OpenChannels
{
    private readonly ConcurrentDictionary<Channel, bool> _open = new();
    private readonly Action<Channel> _remove;
    private TaskCompletionSource? _none;

    public OpenChannels() => _remove = Remove;

    /// <summary>How many there are.</summary>
    public int Count => _open.Count;

    /// <summary>Counts a channel until it is closed.</summary>
    public void Add(Channel channel)
    {
        _open[channel] = true;
        channel.WhenClosed = _remove;
    }

    /// <summary>Completes when there is none left.</summary>
    public Task WhenNoneAsync()
    {
        var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _none, none);
        if (_open.IsEmpty) none.TrySetResult();
        return none.Task;
    }

    /// <summary>Closes what is left, without waiting for its output.</summary>
    public void CloseAll()
    {
        foreach (Channel channel in _open.Keys) channel.Loop.Post(_ => channel.Close());
    }

    /// <summary>Closes what is left of a loop that has failed. Once all loops have ended, so that nobody else touches it.</summary>
    public void CloseStranded()
    {
        foreach (Channel channel in _open.Keys) channel.Close();
    }

    private void Remove(Channel channel)
    {
        _open.TryRemove(channel, out _);
        if (_open.IsEmpty) Volatile.Read(ref _none)?.TrySetResult();
    }
}
