using System.Runtime.CompilerServices;

namespace Amqtt.Broker.Transport;

/// <summary>Awaiting on a loop without a synchronisation context: what follows the <c>await</c> runs on the loop again.</summary>
internal static class LoopAwaiting
{
    /// <summary>Goes on at once when <paramref name="task"/> has completed, otherwise on <paramref name="loop"/> once it has.</summary>
    public static OnLoop<T> On<T>(this ValueTask<T> task, EventLoop loop) => new(task, loop);

    /// <summary>Goes on at once when <paramref name="task"/> has completed, otherwise on the loop that owns <paramref name="channel"/> by then.</summary>
    public static OnChannel On(this Task task, Channel channel) => new(task, channel);

    /// <summary>Goes on in a later piece of work of <paramref name="loop"/>.</summary>
    public static LoopSwitch NextTurn(this EventLoop loop) => new(continuation => loop.Post(_ => continuation()));

    /// <summary>Moves <paramref name="channel"/> to <paramref name="target"/> and goes on there.</summary>
    public static LoopSwitch MoveTo(this Channel channel, EventLoop target) => new(continuation => channel.MoveTo(target, continuation));
}

/// <summary>See <see cref="LoopAwaiting.On{T}"/>.</summary>
internal readonly struct OnLoop<T>(ValueTask<T> task, EventLoop loop) : ICriticalNotifyCompletion
{
    /// <summary>Whether nothing has to be waited for.</summary>
    public bool IsCompleted => task.IsCompleted;

    /// <summary>Itself: the awaiter pattern.</summary>
    public OnLoop<T> GetAwaiter() => this;

    /// <summary>The result, or the exception of the task.</summary>
    public T GetResult() => task.GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation)
    {
        EventLoop target = loop;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => target.Post(_ => continuation()));
    }
}

/// <summary>See <see cref="LoopAwaiting.On(Task, Channel)"/>.</summary>
internal readonly struct OnChannel(Task task, Channel channel) : ICriticalNotifyCompletion
{
    /// <summary>Whether nothing has to be waited for.</summary>
    public bool IsCompleted => task.IsCompleted;

    /// <summary>Itself: the awaiter pattern.</summary>
    public OnChannel GetAwaiter() => this;

    /// <summary>Throws the exception of the task, if any.</summary>
    public void GetResult() => task.GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation)
    {
        Channel owner = channel;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => owner.Loop.Post(_ => continuation()));
    }
}

/// <summary>Awaiting it always goes on in a later piece of work of the loop.</summary>
internal readonly struct LoopSwitch(Action<Action> post) : ICriticalNotifyCompletion
{
    /// <summary>Never: the point is to leave the caller's stack.</summary>
    public bool IsCompleted => false;

    /// <summary>Itself: the awaiter pattern.</summary>
    public LoopSwitch GetAwaiter() => this;

    /// <summary>Nothing.</summary>
    public void GetResult()
    {
        // There is nothing to return; the call marks that the switch has been made.
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => post(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) => post(continuation);
}
