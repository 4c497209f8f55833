using System.Text;
using Amqtt.Protocol.Packets;

namespace Amqtt.Testing;

/// <summary>The last lines of a conversation, for the message of a failure.</summary>
internal sealed class Transcript
{
    private const int MostLines = 12;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();

    public void Sent(ReadOnlySpan<byte> bytes, MqttPacket? packet = null) => Add("->", bytes, packet?.ToString());

    public void Received(ReadOnlySpan<byte> bytes, string packet) => Add("<-", bytes, packet);

    /// <summary>The lines, indented, under a heading; and what has arrived but is no packet yet.</summary>
    public string Describe(ReadOnlySpan<byte> unread)
    {
        var text = new StringBuilder().AppendLine().Append("The conversation (-> sent, <- received):");
        lock (_lock)
        {
            foreach (var line in _lines)
                text.AppendLine().Append("  ").Append(line);
        }

        if (!unread.IsEmpty)
            text.AppendLine().Append("  incomplete: ").Append(Hex.Format(unread));
        return text.ToString();
    }

    private void Add(string direction, ReadOnlySpan<byte> bytes, string? packet)
    {
        var line = $"{direction} {Hex.Format(bytes)}" + (packet is null ? "" : $"  {packet}");
        lock (_lock)
        {
            if (_lines.Count == MostLines)
                _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }
}
