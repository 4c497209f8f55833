namespace Amqtt.Interop.Tests.Clients;

/// <summary>A subscriber that waits for a number of messages.</summary>
internal abstract class Subscription : IAsyncDisposable
{
    /// <summary>The messages, as soon as all have arrived, in their order.</summary>
    public abstract Task<IReadOnlyList<Received>> MessagesAsync();

    public abstract ValueTask DisposeAsync();
}
