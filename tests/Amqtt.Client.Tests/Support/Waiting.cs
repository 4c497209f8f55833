namespace Amqtt.Client.Tests.Support;

internal static class Waiting
{
    /// <summary>A bound on waits that end long before on any machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Patience);

    public static Task Soon(this Task task) => task.WaitAsync(Patience);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Patience);

    /// <summary>The next message of a stream.</summary>
    public static async Task<T> NextAsync<T>(this IAsyncEnumerator<T> stream) =>
        await stream.MoveNextAsync().Soon() ? stream.Current : throw new InvalidOperationException("The stream has ended.");

    /// <summary>Done when the client enters a state.</summary>
    public static Task Entered(this MqttClient client, ClientState state)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.StateChanged += (_, e) =>
        {
            if (e.State == state)
                entered.TrySetResult();
        };
        if (client.State == state)
            entered.TrySetResult();
        return entered.Task.Soon();
    }
}
