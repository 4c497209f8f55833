using System.Text;
using Amqtt.Protocol;

namespace Amqtt.Broker.Sessions;

/// <summary>
/// What the broker puts in front of every topic and filter of a client and takes off what it sends, so that the client has a world of its own and sees nothing of it.
/// </summary>
internal sealed class TopicPrefix(string text)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(text);

    /// <summary>The prefix.</summary>
    public string Text => text;

    /// <summary>The prefix of an auth plugin's text; null for none.</summary>
    public static TopicPrefix? From(string? text) => text is null ? null : new TopicPrefix(text);

    /// <summary>
    /// A topic of the client as the broker knows it, in <paramref name="buffer"/>, which grows with the longest. One below <c>$</c> stays as it is: it belongs to the broker (P-C15).
    /// </summary>
    public ReadOnlySpan<byte> Add(ReadOnlySpan<byte> topic, ref byte[] buffer)
    {
        if (topic[0] == (byte)'$') return topic;
        int length = _utf8.Length + topic.Length;
        if (buffer.Length < length) buffer = new byte[length];
        _utf8.CopyTo(buffer, 0);
        topic.CopyTo(buffer.AsSpan(_utf8.Length));
        return buffer.AsSpan(0, length);
    }

    /// <summary>A topic or filter of the client as the broker knows it; the group of a shared subscription stays in front.</summary>
    public string Add(string filter) => SharedSubscription.AddPrefix(filter, text);

    /// <summary>A topic as the client knows it. What lies outside its world (sent to it directly) is left as it is.</summary>
    public ReadOnlySpan<byte> Remove(ReadOnlySpan<byte> topic) =>
        topic.Length > _utf8.Length && topic.StartsWith(_utf8) ? topic[_utf8.Length..] : topic;
}
