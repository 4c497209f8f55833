using System.Text;
using CsCheck;

namespace Amqtt.Protocol.Tests.Text;

public sealed class MqttStringTests
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Fact]
    public void Every_character_by_itself_and_in_the_middle()
    {
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            if (!Rune.IsValid(value)) continue;
            var text = new Rune(value).ToString();
            var expected = !(value <= 0x1F || value is >= 0x7F and <= 0x9F or >= 0xFDD0 and <= 0xFDEF || (value & 0xFFFF) is 0xFFFE or 0xFFFF);
            Assert.Equal(expected, MqttString.IsValid(Encoding.UTF8.GetBytes(text)));
            Assert.Equal(expected, MqttString.IsValid(text));
            if (value % 7 == 0) Assert.Equal(expected, MqttString.IsValid(Encoding.UTF8.GetBytes("the middle of " + text + " a longer text")));
        }
    }

    /// <summary>[MQTT-1.5.4-1]</summary>
    [Theory]
    [InlineData("80")]
    [InlineData("C080")]
    [InlineData("C1BF")]
    [InlineData("C2")]
    [InlineData("E08080")]
    [InlineData("EDA080")]
    [InlineData("EDBFBF")]
    [InlineData("F08080AF")]
    [InlineData("F4908080")]
    [InlineData("F888808080")]
    [InlineData("FE")]
    [InlineData("61E6B8")]
    [InlineData("6161616161616161616161616161616161616161FF")]
    public void Ill_formed_UTF8_is_refused(string hex) => Assert.False(MqttString.IsValid(Convert.FromHexString(hex)));

    [Fact]
    public void Lone_surrogates_are_refused()
    {
        // Not as theory data: they do not survive the runner.
        foreach (var text in (string[])["\uD800", "a\uDC00b", "\uDC00\uD800"]) Assert.False(MqttString.IsValid(text));
    }

    [Fact]
    public void Empty_text_is_valid_and_65535_bytes_are_the_end()
    {
        Assert.True(MqttString.IsValid(""));
        Assert.True(MqttString.IsValid(""u8));
        Assert.True(MqttString.IsValid(new string('a', 65_535)));
        Assert.False(MqttString.IsValid(new string('a', 65_536)));
        Assert.False(MqttString.IsValid(Encoding.UTF8.GetBytes(new string('a', 65_536))));
        Assert.True(MqttString.IsValid(new string('温', 21_845)));
        Assert.False(MqttString.IsValid(new string('温', 21_846)));
    }

    [Fact]
    public void Agrees_with_the_strict_decoder_of_the_platform() => Gen.Byte.Array[0, 40].Sample(
        bytes =>
        {
            var valid = MqttString.IsValid(bytes);
            string text;
            try
            {
                text = Strict.GetString(bytes);
            }
            catch (DecoderFallbackException)
            {
                Assert.False(valid);
                return;
            }

            Assert.Equal(MqttString.IsValid(text), valid);
        },
        iter: 20_000);
}
