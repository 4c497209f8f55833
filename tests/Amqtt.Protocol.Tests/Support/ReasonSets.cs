using System.Globalization;

namespace Amqtt.Protocol.Tests.Support;

/// <summary>The reason codes of each packet as the specification's tables list them, written out apart from the implementation.</summary>
internal static class ReasonSets
{
    public static IReadOnlyList<ReasonCode> ConnAck { get; } = Parse("00 80-8A 8C 90 95 97 99 9A 9B 9C 9D 9F");

    public static IReadOnlyList<ReasonCode> PubAck { get; } = Parse("00 10 80 83 87 90 91 97 99");

    public static IReadOnlyList<ReasonCode> PubRel { get; } = Parse("00 92");

    public static IReadOnlyList<ReasonCode> SubAck { get; } = Parse("00 01 02 80 83 87 8F 91 97 9E A1 A2");

    public static IReadOnlyList<ReasonCode> UnsubAck { get; } = Parse("00 11 80 83 87 8F 91");

    /// <summary>8C is in the general table of section 2.4 only, 9B in the prose of 3.2.2.3.4 only.</summary>
    public static IReadOnlyList<ReasonCode> DisconnectOfClient { get; } = Parse("00 04 80-83 8C 90 93-99 9B");

    public static IReadOnlyList<ReasonCode> DisconnectOfServer { get; } = Parse("00 80-83 87 89 8B 8C 8D-8F 90 93-9F A0-A2");

    public static IReadOnlyList<ReasonCode> AuthOfClient { get; } = Parse("18 19");

    public static IReadOnlyList<ReasonCode> AuthOfServer { get; } = Parse("00 18");

    private static List<ReasonCode> Parse(string set) =>
    [
        .. set.Split(' ').SelectMany(range =>
        {
            var ends = range.Split('-').Select(code => int.Parse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToArray();
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1).Select(code => (ReasonCode)code);
        }),
    ];
}
