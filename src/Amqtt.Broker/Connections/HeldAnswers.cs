using Amqtt.Broker.Sessions;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Connections;

/// <summary>
/// Answers that a client gets when it has caught up as a receiver of its own messages. It cannot be slowed down by not being read, because what is waited for are its own acknowledgements;
/// but it publishes no more than it may have unanswered. All later answers wait behind them: they go out in order [MQTT-4.6.0-2, MQTT-4.6.0-3]. On the connection's loop.
/// </summary>
internal sealed class HeldAnswers(Connection connection, Acknowledgements answers)
{
    // Before MQTT 5 a client may go on publishing without an answer.
    private const int Most = 1024;

    private readonly Queue<Answer> _held = new();
    private bool _isSending;

    /// <summary>How many there are.</summary>
    public int Count => _held.Count;

    /// <summary>Of these, how many are of QoS 1.</summary>
    public int PubAcks { get; private set; }

    private Session Session => connection.Session!;

    /// <summary>Holds back one more.</summary>
    public void Add(PacketType type, ushort packetId, ReasonCode reason, string? text)
    {
        if (type == PacketType.PubAck) PubAcks++;
        _held.Enqueue(new Answer(type, packetId, reason, text));
        if (_held.Count == 1) connection.Shard.Router.Congestion.Tell(GoOn);
        else if (_held.Count > Most) Send();
    }

    private void GoOn()
    {
        if (!connection.HasEnded && Session.Outbox.IsCongested) connection.Shard.Router.Congestion.Tell(GoOn); // it was another one who has caught up
        else Send();
    }

    private void Send()
    {
        if (!_isSending) connection.Channel.Loop.Watch(SendAsync());
    }

    private async Task SendAsync()
    {
        _isSending = true;
        while (_held.TryPeek(out Answer next))
        {
            await answers.SendAsync(next.Type, next.PacketId, next.Reason, next.Text);
            _held.Dequeue();
            if (next.Type == PacketType.PubAck) PubAcks--;
        }

        _isSending = false;
    }

    private readonly record struct Answer(PacketType Type, ushort PacketId, ReasonCode Reason, string? Text);
}
