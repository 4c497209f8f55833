using Amqtt.Client.Configuration;

namespace Amqtt.Client.Publishing;

/// <summary>The bounded queue of messages that were published without a connection and are done for their callers.</summary>
internal sealed partial class Outbox
{
    private int _queued;
    private long _queuedBytes;

    private PublishResult Queue(Outgoing message)
    {
        var size = message.Payload.Length;
        while (_queued >= options.OfflineQueueMessages || _queuedBytes + size > options.OfflineQueueBytes)
        {
            var canMakeRoom = options.OfflineQueuePolicy == QueuePolicy.DropOldest && _queued > 0 && size <= options.OfflineQueueBytes;
            if (canMakeRoom)
            {
                DropOldest();
                continue;
            }

            if (options.OfflineQueuePolicy == QueuePolicy.Reject)
                throw new ClientException($"The offline queue is full: it takes {options.OfflineQueueMessages} messages and {options.OfflineQueueBytes} bytes.");
            metrics.Dropped("offline_queue_full");
            return message.Result() with { IsDropped = true };
        }

        message.Keep();
        message.IsQueued = true;
        _queued++;
        _queuedBytes += size;
        _waiting.Enqueue(message);
        if (message.Properties.MessageExpiryInterval is { } seconds)
            message.ExpiresAt = time.GetTimestamp() + (long)(seconds * (double)time.TimestampFrequency);
        return message.Result() with { IsQueued = true };
    }

    // Callers that wait are in the same line as queued messages; only the latter may be dropped.
    private void DropOldest()
    {
        for (var left = _waiting.Count; left > 0; left--)
        {
            var message = _waiting.Dequeue();
            if (message.IsQueued)
            {
                Unqueue(message);
                message.Stage = Stage.Ended;
                metrics.Dropped("offline_queue_full");
                // What was passed goes behind what follows it: turn the line once around.
                for (left--; left > 0; left--)
                    _waiting.Enqueue(_waiting.Dequeue());
                return;
            }

            _waiting.Enqueue(message);
        }
    }

    private void Unqueue(Outgoing message)
    {
        if (!message.IsQueued)
            return;
        message.IsQueued = false;
        _queued--;
        _queuedBytes -= message.Payload.Length;
    }

    private void Expire(Outgoing message)
    {
        metrics.Dropped("expired");
        message.Stage = Stage.Ended;
    }
}
