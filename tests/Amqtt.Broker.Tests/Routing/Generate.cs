using CsCheck;

namespace Amqtt.Broker.Tests.Routing;

/// <summary>Topics and filters from an alphabet so small that they meet, with empty levels and <c>$</c>.</summary>
internal static class Generate
{
    private static readonly Gen<string> Level = Gen.OneOf("", "a", "b", "ab", "$s");

    private static readonly Gen<string> FilterLevel = Gen.Frequency((3, Level), (2, Gen.Const("+")));

    public static readonly Gen<string> Topic = Level.Array[1, 5].Select(levels => string.Join('/', levels)).Where(topic => topic.Length > 0);

    public static readonly Gen<string> Filter =
        Gen.Select(FilterLevel.Array[0, 4], Gen.Frequency((6, FilterLevel), (1, Gen.Const("#"))), (levels, last) => string.Join('/', [.. levels, last]))
            .Where(filter => filter.Length > 0);
}
