using System.Numerics;

namespace Amqtt.Protocol;

/// <summary>
/// The rules for topic filters (section 4.7): validity, matching, containment. Time is linear in the length, nothing is allocated,
/// and no input recurses. Comparison is by code unit: no normalisation, case counts [MQTT-4.7.3-4].
/// </summary>
/// <remarks>
/// Matching and containment take plain filters; of a shared one pass <see cref="SharedSubscription.Filter"/>. They expect valid
/// filters and topics; given others they return something, but never throw.
/// </remarks>
public static class TopicFilter
{
    /// <summary>
    /// Whether the bytes are a topic filter: 1 to 65,535 bytes of valid text, <c>#</c> alone in the last level [MQTT-4.7.1-1],
    /// <c>+</c> alone in its level [MQTT-4.7.1-2]; what begins with <c>$share/</c> is well-formed only as a shared subscription [MQTT-4.8.2-1, -2].
    /// </summary>
    public static bool IsValid(ReadOnlySpan<byte> filter) => !filter.IsEmpty && MqttString.IsValid(filter) && IsWellFormed(filter);

    /// <inheritdoc cref="IsValid(ReadOnlySpan{byte})"/>
    public static bool IsValid(ReadOnlySpan<char> filter) => !filter.IsEmpty && MqttString.IsValid(filter) && IsWellFormed(filter);

    /// <summary>
    /// Whether the topic matches the filter. <c>a/#</c> matches <c>a</c>; <c>a/+</c> matches <c>a/</c> but not <c>a</c>; a filter that begins
    /// with a wildcard does not match a topic that begins with <c>$</c> [MQTT-4.7.2-1].
    /// </summary>
    public static bool Matches(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> topic) => MatchesCore(filter, topic);

    /// <inheritdoc cref="Matches(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic) => MatchesCore(filter, topic);

    /// <summary>Whether the topic matches one of the filters.</summary>
    public static bool MatchesAny(IEnumerable<string> filters, ReadOnlySpan<char> topic)
    {
        ArgumentNullException.ThrowIfNull(filters);
        foreach (var filter in filters)
        {
            if (MatchesCore(filter.AsSpan(), topic)) return true;
        }

        return false;
    }

    /// <summary>
    /// Whether every topic that <paramref name="inner"/> matches is matched by <paramref name="outer"/> too: <c>a/#</c> contains
    /// <c>a</c>, <c>a/+</c> and <c>a/b/#</c>; <c>a/+</c> does not contain <c>a/#</c>; <c>#</c> does not contain <c>$SYS/#</c>.
    /// </summary>
    public static bool Contains(ReadOnlySpan<byte> outer, ReadOnlySpan<byte> inner) => ContainsCore(outer, inner);

    /// <inheritdoc cref="Contains(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public static bool Contains(ReadOnlySpan<char> outer, ReadOnlySpan<char> inner) => ContainsCore(outer, inner);

    /// <summary>Whether there is a topic that both filters match: <c>a/+</c> and <c>+/b</c> overlap, <c>a/+</c> and <c>b/#</c> do not, nor do <c>#</c> and <c>$SYS/#</c>.</summary>
    public static bool Overlaps(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        if (first.IsEmpty || second.IsEmpty) return false;
        if ((first[0] == '$' && IsWildcard(second[0])) || (second[0] == '$' && IsWildcard(first[0]))) return false;
        for (var isFirst = true; ; isFirst = false)
        {
            var a = LevelOf(first);
            var b = LevelOf(second);
            if (a is "#" || b is "#") return true;
            if (a is not "+" && b is not "+" && !a.SequenceEqual(b)) return false;
            var (firstEnds, secondEnds) = (a.Length == first.Length, b.Length == second.Length);
            if (firstEnds && secondEnds) return true;
            // "a/#" matches "a" too; but "/#" needs a second level, because no topic is empty.
            if (firstEnds) return second[b.Length..] is "/#" && !(isFirst && b.IsEmpty);
            if (secondEnds) return first[a.Length..] is "/#" && !(isFirst && a.IsEmpty);
            first = first[(a.Length + 1)..];
            second = second[(b.Length + 1)..];
        }
    }

    private static ReadOnlySpan<char> LevelOf(ReadOnlySpan<char> rest) => rest.IndexOf('/') is >= 0 and var end ? rest[..end] : rest;

    private static bool IsWellFormed<T>(ReadOnlySpan<T> filter)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (SharedSubscription.IsSharedCore(filter))
        {
            if (!SharedSubscription.TrySplitCore(filter, out _, out filter)) return false;
        }

        for (var i = 0; i < filter.Length; i++)
        {
            if (Is(filter[i], '#'))
            {
                if (i != filter.Length - 1 || !StartsLevel(filter, i)) return false;
            }
            else if (Is(filter[i], '+') && !(StartsLevel(filter, i) && EndsLevel(filter, i)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MatchesCore<T>(ReadOnlySpan<T> filter, ReadOnlySpan<T> topic)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (filter.IsEmpty || topic.IsEmpty || (Is(topic[0], '$') && IsWildcard(filter[0]))) return false;

        var t = 0;
        for (var f = 0; f < filter.Length; f++)
        {
            var c = filter[f];
            if (Is(c, '+') && StartsLevel(filter, f))
            {
                while (t < topic.Length && !Is(topic[t], '/')) t++;
            }
            else if (Is(c, '#') && StartsLevel(filter, f))
            {
                return true;
            }
            else if (t < topic.Length && topic[t] == c)
            {
                t++;
            }
            else
            {
                return t == topic.Length && IsParentOfAll(filter[f..]);
            }
        }

        return t == topic.Length;
    }

    private static bool ContainsCore<T>(ReadOnlySpan<T> outer, ReadOnlySpan<T> inner)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (outer.IsEmpty || inner.IsEmpty || (Is(inner[0], '$') && IsWildcard(outer[0]))) return false;

        var i = 0;
        for (var o = 0; o < outer.Length; o++)
        {
            var c = outer[o];
            if (Is(c, '#') && StartsLevel(outer, o)) return true;

            var innerIsAll = i < inner.Length && Is(inner[i], '#') && StartsLevel(inner, i);
            if (innerIsAll)
            {
                // "#" also stands for no level at all, which only "#" covers; but "#" and "/#" need one more level, because no topic
                // is empty, and there "+/#" covers the same.
                return i <= 1 && Is(c, '+') && IsParentOfAll(outer[(o + 1)..]);
            }

            if (Is(c, '+') && StartsLevel(outer, o))
            {
                while (i < inner.Length && !Is(inner[i], '/')) i++;
            }
            else if (i < inner.Length && inner[i] == c)
            {
                i++;
            }
            else
            {
                return i == inner.Length && IsParentOfAll(outer[o..]);
            }
        }

        return i == inner.Length;
    }

    /// <summary>Whether the rest of a filter is <c>/#</c>, which also matches the level before it.</summary>
    private static bool IsParentOfAll<T>(ReadOnlySpan<T> rest)
        where T : unmanaged, IBinaryInteger<T> => rest.Length == 2 && Is(rest[0], '/') && Is(rest[1], '#');

    private static bool StartsLevel<T>(ReadOnlySpan<T> text, int index)
        where T : unmanaged, IBinaryInteger<T> => index == 0 || Is(text[index - 1], '/');

    private static bool EndsLevel<T>(ReadOnlySpan<T> text, int index)
        where T : unmanaged, IBinaryInteger<T> => index == text.Length - 1 || Is(text[index + 1], '/');

    private static bool IsWildcard<T>(T unit)
        where T : unmanaged, IBinaryInteger<T> => Is(unit, '+') || Is(unit, '#');

    private static bool Is<T>(T unit, char ascii)
        where T : unmanaged, IBinaryInteger<T> => unit == T.CreateTruncating(ascii);
}
