using System.Text;

namespace Amqtt.Protocol.Tests.Text;

/// <summary>[MQTT-4.7.0-1, MQTT-4.7.3-1, -2, -3], over bytes and over characters.</summary>
public sealed class TopicNameTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("/", true)]
    [InlineData("//", true)]
    [InlineData("a b", true)]
    [InlineData("$SYS/broker", true)]
    [InlineData("*", true)]
    [InlineData("sensors/kitchen/temperature/celsius/1", true)]
    [InlineData("дом/кухня", true)]
    [InlineData("\uFEFFa", true)]
    [InlineData("", false)]
    [InlineData("+", false)]
    [InlineData("#", false)]
    [InlineData("a/+/b", false)]
    [InlineData("a#", false)]
    [InlineData("sensors/kitchen/temperature/celsius/#", false)]
    [InlineData("д/+", false)]
    [InlineData("+д", false)]
    [InlineData("a\0", false)]
    [InlineData("a\n", false)]
    [InlineData("sensors/kitchen/temperature\u007F", false)]
    [InlineData("д\u0085", false)]
    public void Is_valid(string topic, bool expected)
    {
        Assert.Equal(expected, TopicName.IsValid(topic));
        Assert.Equal(expected, TopicName.IsValid(Encoding.UTF8.GetBytes(topic)));
    }

    [Fact]
    public void Is_at_most_65535_bytes_long()
    {
        Assert.True(TopicName.IsValid(new byte[65_535].AsSpan().FillWith((byte)'a')));
        Assert.False(TopicName.IsValid(new byte[65_536].AsSpan().FillWith((byte)'a')));
        Assert.False(TopicName.IsValid(new string('д', 32_768)));
        Assert.False(TopicName.IsValid(Encoding.UTF8.GetBytes(new string('д', 32_768))));
    }

    [Fact]
    public void A_wildcard_is_found_at_any_position()
    {
        for (var length = 1; length < 70; length++)
        {
            for (var position = 0; position < length; position++)
            {
                var topic = new byte[length].AsSpan().FillWith((byte)'a');
                Assert.True(TopicName.IsValid(topic));
                topic[position] = (byte)(position % 2 == 0 ? '+' : '#');
                Assert.False(TopicName.IsValid(topic));
            }
        }
    }
}

internal static class SpanExtensions
{
    public static Span<byte> FillWith(this Span<byte> span, byte value)
    {
        span.Fill(value);
        return span;
    }
}
