using Amqtt.Plugins;

namespace Amqtt.Runtime.Tests.Plugins;

public sealed class LogTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("a/b \\ ü 漢 😀", "a/b \\ ü 漢 😀")]
    [InlineData("a\r\nb\tc", @"a\r\nb\tc")]
    [InlineData("\0x\u001b[31m\u007f\u0085", @"\u0000x\u001b[31m\u007f\u0085")]
    [InlineData("a\u202eb\u2066c\u200fd\u061ce\u2028f\ufeff", @"a\u202eb\u2066c\u200fd\u061ce\u2028f\ufeff")]
    public void Escape(string? text, string expected) => Assert.Equal(expected, LogText.Escape(text));

    [Fact]
    public void Lone_surrogates_are_escaped() => Assert.Equal(@"\ud800a\udc00😀", LogText.Escape("\ud800a\udc00😀"));

    [Fact]
    public void Harmless_text_is_not_copied()
    {
        const string text = "sensor/1/temperature";
        Assert.Same(text, LogText.Escape(text));
    }
}
