using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Amqtt.Protocol;

/// <summary>The two parts of a shared subscription's filter, <c>$share/{ShareName}/{filter}</c> (5.0, section 4.8.2).</summary>
public readonly struct SharedSubscription
{
    private const string Prefix = "$share/";

    private SharedSubscription(string shareName, string filter)
    {
        ShareName = shareName;
        Filter = filter;
    }

    /// <summary>The name of the group: at least one character, none of them <c>/</c>, <c>+</c>, <c>#</c> [MQTT-4.8.2-1, MQTT-4.8.2-2].</summary>
    public string ShareName { get; }

    /// <summary>The plain filter that topics are matched against.</summary>
    public string Filter { get; }

    /// <summary>Whether the filter claims to be shared: it begins with <c>$share/</c>. It need not be well-formed.</summary>
    public static bool IsShared(ReadOnlySpan<byte> filter) => IsSharedCore(filter);

    /// <inheritdoc cref="IsShared(ReadOnlySpan{byte})"/>
    public static bool IsShared(ReadOnlySpan<char> filter) => IsSharedCore(filter);

    /// <summary>Splits a shared filter. Only the share name is checked, and that a filter follows: see <see cref="TopicFilter.IsValid(ReadOnlySpan{byte})"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? filter, out SharedSubscription shared)
    {
        if (filter is not null && TrySplitCore(filter.AsSpan(), out var shareName, out var plain))
        {
            shared = new SharedSubscription(shareName.ToString(), plain.ToString());
            return true;
        }

        shared = default;
        return false;
    }

    /// <summary>Splits a shared filter without allocating.</summary>
    /// <inheritdoc cref="TryParse"/>
    public static bool TrySplit(ReadOnlySpan<byte> filter, out ReadOnlySpan<byte> shareName, out ReadOnlySpan<byte> plainFilter) =>
        TrySplitCore(filter, out shareName, out plainFilter);

    /// <summary>Puts text in front of the topics that a filter, shared or not, is about: <c>$share/g/a</c> with <c>x/</c> is <c>$share/g/x/a</c>.</summary>
    /// <param name="filter">The filter. A shared one that cannot be split is handed back as it is: no broker takes it.</param>
    /// <param name="prefix">What comes before the plain filter.</param>
    public static string AddPrefix(string filter, string prefix)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (!IsShared(filter)) return prefix + filter;
        return TryParse(filter, out var shared) ? $"{Prefix}{shared.ShareName}/{prefix}{shared.Filter}" : filter;
    }

    internal static bool IsSharedCore<T>(ReadOnlySpan<T> filter)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (filter.Length < Prefix.Length) return false;
        for (var i = 0; i < Prefix.Length; i++)
        {
            if (filter[i] != T.CreateTruncating(Prefix[i])) return false;
        }

        return true;
    }

    internal static bool TrySplitCore<T>(ReadOnlySpan<T> filter, out ReadOnlySpan<T> shareName, out ReadOnlySpan<T> plainFilter)
        where T : unmanaged, IBinaryInteger<T>
    {
        shareName = default;
        plainFilter = default;
        if (!IsSharedCore(filter)) return false;

        var rest = filter[Prefix.Length..];
        var slash = rest.IndexOf(T.CreateTruncating('/'));
        if (slash <= 0 || slash == rest.Length - 1) return false;
        if (rest[..slash].ContainsAny(T.CreateTruncating('+'), T.CreateTruncating('#'))) return false;

        shareName = rest[..slash];
        plainFilter = rest[(slash + 1)..];
        return true;
    }
}
