using System.Runtime.CompilerServices;
using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>The reusable state behind a <see cref="TopicContext"/>. The generation changes whenever a question ends.</summary>
/// <remarks>
/// A plugin may read late, on another thread, while the object already serves the next question. So a reader takes the value first and
/// looks at the generation after it, and the asker changes the generation before any value.
/// </remarks>
internal sealed class TopicQuestion
{
    private CancellationTokenSource? _source;
    private int _generation;

    /// <summary>Where the asker keeps it between questions; -1 for nowhere.</summary>
    public int Slot { get; init; } = -1;

    public TopicAction Action { get; private set; }

    public ISession? Session { get; private set; }

    public string? Topic { get; private set; }

    public string? ShareName { get; private set; }

    public QoS QoS { get; private set; }

    public bool Retain { get; private set; }

    public int Generation => _generation;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Read<T>(T value, int generation)
    {
        Volatile.ReadBarrier();
        if (_generation != generation) ThrowLate();
        return value;
    }

    /// <summary>The token is made when it is first asked for: most plugins answer at once and never do.</summary>
    public CancellationToken GetToken(int generation)
    {
        var source = Volatile.Read(ref _source);
        if (source is null)
        {
            var mine = new CancellationTokenSource();
            source = Interlocked.CompareExchange(ref _source, mine, null) ?? mine;
        }

        return Read(source.Token, generation);
    }

    public void Begin(TopicAction action, ISession session, string topic, string? shareName, QoS qos, bool retain)
    {
        Action = action;
        Session = session;
        Topic = topic;
        ShareName = shareName;
        QoS = qos;
        Retain = retain;
    }

    /// <summary>Ends the question: its contexts throw from now on, and the object can be used again.</summary>
    public void End()
    {
        _generation++;
        Volatile.WriteBarrier();
        // A registration that a plugin left behind must not see the next question's time-out.
        if (_source is { } source && !source.TryReset()) _source = null;
    }

    /// <summary>Ends the question because its time is up. It is not used again, since the plugin may still be reading it.</summary>
    /// <returns>The same question for the next plugin.</returns>
    public TopicQuestion Abandon()
    {
        var successor = new TopicQuestion();
        successor.Begin(Action, Session!, Topic!, ShareName, QoS, Retain);
        Interlocked.Increment(ref _generation);
        // Asynchronously: what a plugin registered there may block or throw.
        if (Volatile.Read(ref _source) is { } source)
            _ = source.CancelAsync().ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return successor;
    }

    private static void ThrowLate() => throw TopicContext.Late(nameof(TopicContext));
}
