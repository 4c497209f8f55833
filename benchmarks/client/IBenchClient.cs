namespace Amqtt.Benchmarks.Client;

/// <summary>What a measured client has to do, as a program would do it.</summary>
internal interface IBenchClient : IAsyncDisposable
{
    Task ConnectAsync(int port);

    /// <summary>Completes with the QoS flow.</summary>
    ValueTask PublishAsync(string topic, byte[] payload, int qos);

    /// <summary>Calls the handler for each message.</summary>
    Task SubscribeAsync(string topic, int qos, Action<int> received);

    /// <summary>Everything published has left.</summary>
    Task FinishAsync();
}
