using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Connections;

/// <summary>
/// Answers that wait because the client does not read. It is not read itself while there are too many: every one costs memory, and a v3.1.1 client knows no Receive Maximum.
/// </summary>
internal struct OwedAnswers
{
    private const int LargeAnswer = 1024; // counts as several

    private int _count;

    /// <summary>An answer of <paramref name="size"/> bytes is about to be appended.</summary>
    public void Add(Channel channel, int size) => _count = channel.IsBlocked ? _count + 1 + (size / LargeAnswer) : 0;

    /// <summary>If there are <paramref name="maximum"/>, stops reading the client until it has taken them.</summary>
    public bool Hold(Channel channel, int maximum)
    {
        if (_count < maximum) return false;
        _count = 0;
        channel.PauseUntilSent();
        return true;
    }
}
