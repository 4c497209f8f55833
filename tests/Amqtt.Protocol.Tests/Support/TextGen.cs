using CsCheck;

namespace Amqtt.Protocol.Tests.Support;

/// <summary>Generates texts of one- to four-byte characters.</summary>
internal static class TextGen
{
    private static readonly string[] Pieces = ["a", "Z", "0", " ", "/", "$", "*", "\u00A0", "é", "п", "\uFEFF", "温", "\uFFFD", "\U0001F600"];

    public static Gen<string> Text { get; } = Concat(Gen.OneOf([.. Pieces, "+", "#"]), 0);

    public static Gen<string> TopicName { get; } = Concat(Gen.OneOf(Pieces), 1);

    public static Gen<string> Filter { get; } = Concat(Gen.OneOf([.. Pieces, "+", "#"]), 1);

    public static Gen<byte[]> Data { get; } = Gen.Byte.Array[0, 20];

    private static Gen<string> Concat(Gen<string> piece, int min) => piece.Array[min, 12].Select(pieces => string.Concat(pieces));
}
