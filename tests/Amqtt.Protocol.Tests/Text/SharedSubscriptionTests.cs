namespace Amqtt.Protocol.Tests.Text;

/// <summary>[MQTT-4.8.2-1, MQTT-4.8.2-2]</summary>
public sealed class SharedSubscriptionTests
{
    [Theory]
    [InlineData("$share/g/a/+", "g", "a/+")]
    [InlineData("$share/g//x", "g", "/x")]
    [InlineData("$share/группа/#", "группа", "#")]
    public void Is_split_at_its_second_slash(string filter, string shareName, string plain)
    {
        Assert.True(SharedSubscription.IsShared(filter));
        Assert.True(SharedSubscription.TryParse(filter, out var shared));
        Assert.Equal((shareName, plain), (shared.ShareName, shared.Filter));
        Assert.True(SharedSubscription.TrySplit(System.Text.Encoding.UTF8.GetBytes(filter), out var name, out var rest));
        Assert.Equal((shareName, plain), (System.Text.Encoding.UTF8.GetString(name), System.Text.Encoding.UTF8.GetString(rest)));
    }

    [Theory]
    [InlineData("a/+", "x/", "x/a/+")]
    [InlineData("$share/g/a", "x/", "$share/g/x/a")]
    [InlineData("$share/g//a", "x", "$share/g/x/a")]
    [InlineData("$share/g", "x/", "$share/g")]
    [InlineData("$SYS/a", "x/", "x/$SYS/a")]
    public void A_prefix_goes_in_front_of_the_topics(string filter, string prefix, string expected) => Assert.Equal(expected, SharedSubscription.AddPrefix(filter, prefix));

    [Theory]
    [InlineData("$share//a", true)]
    [InlineData("$share/g", true)]
    [InlineData("$share/g/", true)]
    [InlineData("$share/+/a", true)]
    [InlineData("$share/g#/a", true)]
    [InlineData("$share", false)]
    [InlineData("$SHARE/g/a", false)]
    [InlineData("share/g/a", false)]
    [InlineData("", false)]
    public void Is_not_split_when_ill_formed(string filter, bool claimsToBeShared)
    {
        Assert.Equal(claimsToBeShared, SharedSubscription.IsShared(filter));
        Assert.Equal(claimsToBeShared, SharedSubscription.IsShared(System.Text.Encoding.UTF8.GetBytes(filter)));
        Assert.False(SharedSubscription.TryParse(filter, out _));
    }
}
