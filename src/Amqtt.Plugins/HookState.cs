using System.Runtime.CompilerServices;

namespace Amqtt.Plugins;

/// <summary>The reusable state behind a context that is a handle. The generation changes whenever a hook ends.</summary>
/// <remarks>
/// A plugin may use a context late, on another thread, while the object already serves the next hook. So a reader takes the value first and
/// looks at the generation after it, and the host changes the generation before any value. A writer announces itself before it
/// looks, and the host looks for writers after it has changed the generation: one of the two always sees the other.
/// </remarks>
internal abstract class HookState
{
    private CancellationTokenSource? _source;
    private int _generation;
    private int _writers;

    public int Generation => _generation;

    /// <summary>The identifier of the thread that made it: the loop that uses it again and again, and on which hooks are called that answer at once.</summary>
    public int Thread { get; protected set; } = Environment.CurrentManagedThreadId;

    /// <summary>What the context is called in the exception about its late use.</summary>
    protected abstract string ContextName { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Read<T>(T value, int generation)
        where T : allows ref struct
    {
        Volatile.ReadBarrier();
        if (_generation != generation) ThrowLate();
        return value;
    }

    /// <summary>The token is made when it is first asked for: most hooks answer at once and never do.</summary>
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

    /// <summary>Ends the hook: its contexts throw from now on, and the object can be used again. For states that contexts only read.</summary>
    public void End()
    {
        _generation++;
        Volatile.WriteBarrier();
        ResetToken();
    }

    internal static InvalidOperationException Late(string what)
        => new($"The {what} was used after its hook had ended. Copy what you need before the hook returns.");

    /// <summary>Before the host writes what the next hook is about. False: somebody is writing late, and the object cannot be used again.</summary>
    protected bool EndWithWrites()
    {
        Interlocked.Increment(ref _generation); // a full fence: see the remarks
        ResetToken();
        return Volatile.Read(ref _writers) == 0;
    }

    /// <summary>Ends the hook because its time is up. The object is not used again, since the plugin may still be using it.</summary>
    protected void Poison()
    {
        Interlocked.Increment(ref _generation);
        // Asynchronously: what a plugin registered there may block or throw.
        if (Volatile.Read(ref _source) is { } source)
            _ = source.CancelAsync().ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Begins to write; throws if the hook has ended. Nothing until <see cref="EndWrite"/> may throw.</summary>
    protected void BeginWrite(int generation)
    {
        Interlocked.Increment(ref _writers);
        if (Volatile.Read(ref _generation) == generation) return;
        EndWrite();
        ThrowLate();
    }

    /// <summary>The write is done.</summary>
    protected void EndWrite() => Interlocked.Decrement(ref _writers);

    // A registration that a plugin left behind must not see the next hook's time-out.
    private void ResetToken()
    {
        if (_source is { } source && !source.TryReset()) _source = null;
    }

    private void ThrowLate() => throw Late(ContextName);
}
