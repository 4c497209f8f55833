using Amqtt.Client.Connections;
using Amqtt.Protocol;

namespace Amqtt.Client.Publishing;

/// <summary>What a new connection, and the end of one, mean for messages on their way.</summary>
internal sealed partial class Outbox
{
    /// <summary>A connection is there: sends again what has not been acknowledged, then what waited.</summary>
    /// <param name="link">The connection.</param>
    /// <param name="sessionPresent">Whether the session goes on.</param>
    public void Attach(Link link, bool sessionPresent)
    {
        _link = link;
        _closed = null;
        _counted = 0;
        _again.Clear();
        List<Outgoing>? anew = null;
        foreach (var entry in _window.InOrder())
        {
            if (entry is not Outgoing message)
                continue;
            message.IsCounted = false;
            message.LeavePool();
            if (sessionPresent)
                Resume(message, link);
            else
                StartOver(message, anew ??= []);
        }

        if (anew is not null)
            PutInFront(anew);
        Drain();
    }

    /// <summary>The connection is gone. Messages stay; what only made sense on it fails.</summary>
    public void Detach(Link link, Exception? cause)
    {
        if (!ReferenceEquals(_link, link))
            return;
        _link = null;
        _counted = 0;
        foreach (var entry in _window.InOrder())
        {
            if (entry is not Request request)
                continue;
            _window.Remove(request);
            request.Fail(new ConnectionLostException("The connection was lost.", cause));
        }

        if (options.WhenDisconnected == Configuration.DisconnectedBehavior.Fail)
            FailWaiting(new ClientException("The connection was lost before the message was sent.", cause));
    }

    /// <summary>There will be no connection. Callers get the reason; what was sent and not acknowledged stays in the session, should the client be connected again.</summary>
    public void Close(ClientException reason)
    {
        _closed = reason;
        FailWaiting(reason);
        foreach (var entry in _window.InOrder())
        {
            if (entry is Outgoing message)
                message.Orphan(new ClientException($"Not acknowledged when the client ended: {reason.Message}", reason));
        }
    }

    // [MQTT-4.4.0-1]: with the same identifiers and DUP, in the order in which they were sent first.
    private void Resume(Outgoing message, Link link)
    {
        if (message.Stage == Stage.Released)
            link.AppendAck(PacketType.PubRel, message.PacketId);
        else
            _again.Enqueue(message);
    }

    private void StartOver(Outgoing message, List<Outgoing> anew)
    {
        _window.Remove(message);
        if (message.Stage == Stage.Released)
        {
            // PUBREC had come: the message was the broker's already.
            message.Complete();
        }
        else if (message.QoS == QoS.ExactlyOnce)
        {
            // Sending it anew could deliver it twice, and only the caller knows which is worse.
            message.Fail(new ClientException("The broker lost the session before it acknowledged the message; whether it was delivered is not known."));
        }
        else
        {
            message.Stage = Stage.Waiting;
            message.PacketId = 0;
            anew.Add(message);
        }
    }

    private void PutInFront(List<Outgoing> messages)
    {
        var behind = _waiting.ToArray();
        _waiting.Clear();
        foreach (var message in messages)
            _waiting.Enqueue(message);
        foreach (var message in behind)
            _waiting.Enqueue(message);
    }

    private void FailWaiting(ClientException reason)
    {
        while (_waiting.TryDequeue(out var message))
        {
            Unqueue(message);
            if (message.Stage != Stage.Ended)
                message.Fail(reason);
        }

        _forgotten = 0;
    }
}
