using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// The retained messages that a session's new subscriptions get, one subscription after the other. However many there are, they are given a bounded part of
/// each round: a client with a thousand filters that match little of a large store does not hold up the others of its loop. On the session's loop.
/// </summary>
/// <param name="loop">The session's loop.</param>
/// <param name="pump">Takes what there is; called in a later round when this one's part is used up.</param>
internal sealed class RetainedReplays(EventLoop loop, Action pump)
{
    /// <summary>How many nodes of the store are looked at in one round.</summary>
    internal const int NodesPerRound = 4096;

    private const int MessagesPerRound = 1024;

    private readonly Queue<RetainedReplay> _waiting = new();
    private int _nodes = NodesPerRound;
    private int _messages = MessagesPerRound;
    private bool _goesOnLater;

    /// <summary>Whether there is nothing left.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Those of one more subscription.</summary>
    public void Add(RetainedReplay replay) => _waiting.Enqueue(replay);

    /// <summary>None of them, after all.</summary>
    public void Clear() => _waiting.Clear();

    /// <summary>The next message. False when <see cref="IsEmpty"/>, and when this round's part is used up: then <c>pump</c> is called in the next one.</summary>
    public bool TryNext(out QueuedMessage next)
    {
        while (_waiting.TryPeek(out RetainedReplay? replay) && _nodes > 0 && _messages > 0)
        {
            if (replay.TryNext(loop.Now, ref _nodes, out next))
            {
                _messages--;
                return true;
            }

            if (replay.IsFinished) _waiting.Dequeue();
        }

        if (!IsEmpty && !_goesOnLater)
        {
            _goesOnLater = true;
            loop.Post(_ => GoOn());
        }

        next = default;
        return false;
    }

    private void GoOn()
    {
        (_nodes, _messages, _goesOnLater) = (NodesPerRound, MessagesPerRound, false);
        pump();
    }
}
