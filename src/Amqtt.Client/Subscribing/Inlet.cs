using System.Threading.Channels;
using Amqtt.Protocol;

namespace Amqtt.Client.Subscribing;

/// <summary>Messages that wait for one reader of the program. Bounded together with all others of the client by <see cref="Unread"/>.</summary>
internal sealed class Inlet(Unread unread, bool singleReader)
{
    private readonly Channel<ReceivedMessage> _messages =
        Channel.CreateUnbounded<ReceivedMessage>(new() { SingleReader = singleReader, SingleWriter = false, AllowSynchronousContinuations = false });

    /// <summary>No more will come.</summary>
    public bool IsComplete { get; private set; }

    public bool TryPost(ReceivedMessage message) => _messages.Writer.TryWrite(message);

    public bool TryTake(out ReceivedMessage message)
    {
        if (!_messages.Reader.TryRead(out message!))
            return false;
        unread.Took(message);
        return true;
    }

    /// <summary>False at the end.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancel) => _messages.Reader.WaitToReadAsync(cancel);

    /// <summary>No more will come. What waits can still be taken.</summary>
    public void Complete(Exception? error = null)
    {
        IsComplete = true;
        _messages.Writer.TryComplete(error);
    }

    /// <summary>Throws away what waits.</summary>
    public void Discard(bool acknowledge)
    {
        while (TryTake(out var message))
        {
            if (acknowledge)
                message.Acknowledge();
        }
    }
}

/// <summary>Counts what waits for the program, over all subscriptions of a client. Safe on any thread.</summary>
internal sealed class Unread(int mostMessages, long mostBytes)
{
    private int _messages;
    private long _bytes;

    public int Messages => Volatile.Read(ref _messages);

    /// <summary>Whether there is room for another one.</summary>
    public bool HasRoom => Volatile.Read(ref _messages) < mostMessages && Volatile.Read(ref _bytes) < mostBytes;

    public void Put(ReceivedMessage message)
    {
        Interlocked.Increment(ref _messages);
        Interlocked.Add(ref _bytes, message.Payload.Length);
    }

    public void Took(ReceivedMessage message)
    {
        Interlocked.Decrement(ref _messages);
        Interlocked.Add(ref _bytes, -message.Payload.Length);
    }
}
