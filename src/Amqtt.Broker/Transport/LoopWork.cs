namespace Amqtt.Broker.Transport;

/// <summary>Something to do on a loop, posted from any thread.</summary>
internal abstract class LoopWork
{
    /// <summary>Runs on the loop it was posted to.</summary>
    public abstract void Run(EventLoop loop);

    /// <summary>The loop has ended and will not run it. Any thread.</summary>
    public virtual void Abandon()
    {
        // Whoever waits for its work overrides this.
    }
}

/// <summary>A callback as work: for what happens rarely enough that an allocation does not matter.</summary>
internal sealed class LoopCallback(Action<EventLoop> callback) : LoopWork
{
    /// <inheritdoc/>
    public override void Run(EventLoop loop) => callback(loop);
}
