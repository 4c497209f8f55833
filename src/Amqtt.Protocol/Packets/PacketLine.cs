using System.Globalization;
using System.Text;

namespace Amqtt.Protocol.Packets;

/// <summary>Builds the one-line description of a packet: <c>NAME key=value key="text"</c>. What stands for "absent" is left out.</summary>
internal readonly ref struct PacketLine(PacketType type)
{
    private readonly StringBuilder _text = new(type.Name());

    public override string ToString() => _text.ToString();

    public void Flag(string name, bool value)
    {
        if (value) _text.Append(' ').Append(name);
    }

    public void Number(string name, uint? value)
    {
        if (value is { } number) Key(name).Append(CultureInfo.InvariantCulture, $"{number}");
    }

    public void Reason(ReasonCode reason) => Key("reason").Append(CultureInfo.InvariantCulture, $"{reason}(0x{(byte)reason:X2})");

    public void Reasons(IReadOnlyList<ReasonCode> reasons)
    {
        Key("reasons").Append('[');
        for (var i = 0; i < reasons.Count; i++) _text.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"0x{(byte)reasons[i]:X2}");
        _text.Append(']');
    }

    /// <summary>Bytes are shown by their number only.</summary>
    public void Bytes(string name, ReadOnlyMemory<byte>? value)
    {
        if (value is { } bytes) Key(name).Append(CultureInfo.InvariantCulture, $"{bytes.Length}B");
    }

    public void Text(string name, string? value)
    {
        if (value is null) return;
        Key(name);
        Quote(value);
    }

    /// <summary>Quotes a text that may come from the network: no character of it can break the line or turn its direction.</summary>
    public void Quote(string value)
    {
        _text.Append('"');
        foreach (var c in value)
        {
            var escape = c is '"' or '\\' || char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (escape) _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else _text.Append(c);
        }

        _text.Append('"');
    }

    public StringBuilder Key(string name) => _text.Append(' ').Append(name).Append('=');
}
