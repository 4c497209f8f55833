using Amqtt.Client.Subscribing;
using Amqtt.Protocol;

namespace Amqtt.Client;

/// <summary>
/// A subscription of the client, as a stream of its messages or with a handler that gets them. Dispose it to unsubscribe. It survives reconnects and ends, as its
/// stream does, when the client is disconnected for good.
/// </summary>
public sealed class MqttSubscription : IAsyncEnumerable<ReceivedMessage>, IAsyncDisposable
{
    private readonly Func<MqttSubscription, ValueTask> _unsubscribe;
    private int _disposed;

    internal MqttSubscription(string filter, QoS qos, SubscribeOptions options, Inlet inlet, Func<MqttSubscription, ValueTask> unsubscribe)
    {
        Filter = filter;
        QoS = qos;
        Options = options;
        Inlet = inlet;
        _unsubscribe = unsubscribe;
        MatchFilter = SharedSubscription.TryParse(filter, out var shared) ? shared.Filter : filter;
    }

    /// <summary>The topic filter.</summary>
    public string Filter { get; }

    /// <summary>The QoS asked for.</summary>
    public QoS QoS { get; }

    /// <summary>What was asked for beside it.</summary>
    public SubscribeOptions Options { get; }

    /// <summary>What the broker granted.</summary>
    public ReasonCode Granted { get; internal set; }

    internal Inlet Inlet { get; }

    /// <summary>It gets no more messages.</summary>
    internal bool IsEnded => Inlet.IsComplete;

    internal string MatchFilter { get; }

    /// <summary>It has no handler, so its messages wait for a reader.</summary>
    internal bool IsStream { get; init; } = true;

    /// <summary>Its messages, in order. A message is acknowledged when the next one is asked for, or by the program (<see cref="AcknowledgeMode.Manual"/>). For one reader.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ClientException">The client has given up connecting.</exception>
    /// <exception cref="InvalidOperationException">The subscription has a handler.</exception>
    public async IAsyncEnumerator<ReceivedMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (!IsStream)
            throw new InvalidOperationException("The messages of this subscription go to its handler.");
        while (await Inlet.WaitAsync(cancellationToken))
        {
            while (Inlet.TryTake(out var message))
            {
                yield return message;
                if (Options.Acknowledge == AcknowledgeMode.Automatic)
                    message.Acknowledge();
            }
        }
    }

    /// <summary>Unsubscribes, if the client is connected, and ends the stream. Messages that nobody has read are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await _unsubscribe(this);
    }
}
