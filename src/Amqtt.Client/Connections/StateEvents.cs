namespace Amqtt.Client.Connections;

/// <summary>Tells the program about changes of state: in order, on the thread pool, never inside the client.</summary>
internal sealed class StateEvents(Action<ClientState> tell)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public void Raise(ClientState state)
    {
        lock (_gate)
            _last = _last.ContinueWith((_, told) => tell((ClientState)told!), state, CancellationToken.None, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Default);
    }
}
