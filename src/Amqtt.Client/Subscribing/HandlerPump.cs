using Amqtt.Client.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client.Subscribing;

/// <summary>Calls a handler of the program for each message of a subscription, on the thread pool, so many at a time as it wants.</summary>
internal static class HandlerPump
{
    public static void Start(MqttSubscription subscription, Func<ReceivedMessage, CancellationToken, ValueTask> handler, ILogger log, CancellationToken stopping)
    {
        for (var i = 0; i < subscription.Options.Concurrency; i++)
            _ = Task.Run(() => RunAsync(subscription, handler, log, stopping), CancellationToken.None);
    }

    private static async Task RunAsync(MqttSubscription subscription, Func<ReceivedMessage, CancellationToken, ValueTask> handler, ILogger log, CancellationToken stopping)
    {
        var inlet = subscription.Inlet;
        while (await WaitAsync(inlet))
        {
            while (inlet.TryTake(out var message))
            {
                try
                {
                    using (Tracing.Receive(message))
                        await handler(message, stopping);
                    if (subscription.Options.Acknowledge == AcknowledgeMode.Automatic)
                        message.Acknowledge();
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    message.Fail();
                }
                catch (Exception error)
                {
                    // The handler is the program's: its fault must not end the subscription.
                    ClientLog.HandlerFailed(log, subscription.Filter, error);
                    message.Fail();
                }
            }
        }
    }

    private static async ValueTask<bool> WaitAsync(Inlet inlet)
    {
        try
        {
            return await inlet.WaitAsync(CancellationToken.None);
        }
        catch (ClientException)
        {
            // The client gave up; whoever asks it for something hears why.
            return false;
        }
    }
}
