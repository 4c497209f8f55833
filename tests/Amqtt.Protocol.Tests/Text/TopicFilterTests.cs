using System.Text;
using CsCheck;

namespace Amqtt.Protocol.Tests.Text;

/// <summary>Every test runs over bytes and over characters.</summary>
public sealed class TopicFilterTests
{
    /// <summary>Levels of generated filters. "x" never occurs in one, so it stands for every other level.</summary>
    private static readonly Gen<string> Filter = Gen.Select(Gen.OneOf("a", "b", "", "$s", "+", "+").Array[0, 3], Gen.Bool)
        .Select((levels, all) => string.Join('/', all ? [.. levels, "#"] : levels)).Where(filter => filter.Length > 0);

    private static readonly string[] Topics = [.. TopicsOfDepth(5).Where(topic => topic.Length > 0)];

    /// <summary>[MQTT-4.7.1-1, MQTT-4.7.1-2]</summary>
    [Theory]
    [InlineData("#", true)]
    [InlineData("+", true)]
    [InlineData("/", true)]
    [InlineData("a/#", true)]
    [InlineData("/#", true)]
    [InlineData("+/+/#", true)]
    [InlineData("a/+/b", true)]
    [InlineData("+/a", true)]
    [InlineData("$SYS/#", true)]
    [InlineData("*", true)]
    [InlineData("дом/+", true)]
    [InlineData("", false)]
    [InlineData("a#", false)]
    [InlineData("#/a", false)]
    [InlineData("a/#/b", false)]
    [InlineData("##", false)]
    [InlineData("a+/b", false)]
    [InlineData("+a", false)]
    [InlineData("a/+b", false)]
    [InlineData("a/b+", false)]
    [InlineData("++", false)]
    [InlineData("+#", false)]
    [InlineData("$#", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\u0001", false)]
    [InlineData("$share/g/a", true)]
    [InlineData("$share/g/#", true)]
    [InlineData("$share/g//a", true)]
    [InlineData("$share/g//", true)]
    [InlineData("$share", true)]
    [InlineData("$shared/g", true)]
    [InlineData("$share/", false)]
    [InlineData("$share/g", false)]
    [InlineData("$share/g/", false)]
    [InlineData("$share//a", false)]
    [InlineData("$share/+/a", false)]
    [InlineData("$share/g#/a", false)]
    [InlineData("$share/#", false)]
    [InlineData("$share/g/a#", false)]
    [InlineData("$share/g/+a", false)]
    public void Is_valid(string filter, bool expected)
    {
        Assert.Equal(expected, TopicFilter.IsValid(filter));
        Assert.Equal(expected, TopicFilter.IsValid(Encoding.UTF8.GetBytes(filter)));
    }

    [Theory]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "a/c", false)]
    [InlineData("a/b", "a/B", false)]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/", true)]
    [InlineData("a/#", "a/b/c", true)]
    [InlineData("a/#", "ab", false)]
    [InlineData("a/+", "a/", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/+", "a/b/c", false)]
    [InlineData("+/#", "a", true)]
    [InlineData("+/+", "/x", true)]
    [InlineData("/+", "/x", true)]
    [InlineData("+", "/x", false)]
    [InlineData("+/b/+", "a/b/c", true)]
    [InlineData("a/+/#", "a", false)]
    [InlineData("a/+/#", "a/b", true)]
    [InlineData("#", "$SYS/a", false)]
    [InlineData("+/a", "$SYS/a", false)]
    [InlineData("+", "$SYS", false)]
    [InlineData("$SYS/#", "$SYS/a", true)]
    [InlineData("$SYS/+", "$SYS/a", true)]
    [InlineData("a/#", "a/$b", true)]
    [InlineData("a/+", "a/$b", true)]
    [InlineData("/", "/", true)]
    [InlineData("a/", "a", false)]
    [InlineData("*", "a", false)]
    [InlineData("дом/+", "дом/温", true)]
    [InlineData("é", "e\u0301", false)]
    public void Matches(string filter, string topic, bool expected)
    {
        Assert.Equal(expected, TopicFilter.Matches(filter, topic));
        Assert.Equal(expected, TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)));
    }

    [Theory]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/+", true)]
    [InlineData("a/#", "a/b/#", true)]
    [InlineData("a/#", "a/#", true)]
    [InlineData("a/+", "a/#", false)]
    [InlineData("a/+", "a/b", true)]
    [InlineData("a/+", "a/+", true)]
    [InlineData("a/b", "a/+", false)]
    [InlineData("#", "+/+", true)]
    [InlineData("+/#", "#", true)]
    [InlineData("+/+/#", "#", false)]
    [InlineData("a/+/#", "a/#", false)]
    [InlineData("/+/#", "/#", true)]
    [InlineData("+/+/#", "/#", true)]
    [InlineData("//+/#", "//#", false)]
    [InlineData("#", "$SYS/#", false)]
    [InlineData("+/a", "$SYS/a", false)]
    [InlineData("$SYS/#", "$SYS/a/+", true)]
    [InlineData("+", "a/#", false)]
    public void Contains(string outer, string inner, bool expected)
    {
        Assert.Equal(expected, TopicFilter.Contains(outer, inner));
        Assert.Equal(expected, TopicFilter.Contains(Encoding.UTF8.GetBytes(outer), Encoding.UTF8.GetBytes(inner)));
    }

    [Fact]
    public void Matching_agrees_with_a_naive_matcher() => Gen.Select(Filter, Gen.OneOf(Topics)).Sample(
        (filter, topic) =>
        {
            var expected = NaiveMatch(filter, topic);
            Assert.Equal(expected, TopicFilter.Matches(filter, topic));
            Assert.Equal(expected, TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)));
        },
        iter: 100_000);

    [Fact]
    public void Containment_agrees_with_all_topics() => Gen.Select(Filter, Filter).Sample(
        (outer, inner) =>
        {
            var expected = Array.TrueForAll(Topics, topic => !TopicFilter.Matches(inner, topic) || TopicFilter.Matches(outer, topic));
            Assert.True(expected == TopicFilter.Contains(outer, inner), $"{outer} contains {inner}: {expected} expected");
            Assert.Equal(expected, TopicFilter.Contains(Encoding.UTF8.GetBytes(outer), Encoding.UTF8.GetBytes(inner)));
        },
        iter: 5000);

    [Fact]
    public void Overlap_agrees_with_all_topics() => Gen.Select(Filter, Filter).Sample(
        (first, second) =>
        {
            var expected = Array.Exists(Topics, topic => TopicFilter.Matches(first, topic) && TopicFilter.Matches(second, topic));
            Assert.True(expected == TopicFilter.Overlaps(first, second), $"{first} overlaps {second}: {expected} expected");
            Assert.Equal(expected, TopicFilter.Overlaps(second, first));
        },
        iter: 5000);

    [Fact]
    public void Anything_can_be_asked() => Gen.Select(Gen.String, Gen.String).Sample((a, b) =>
    {
        TopicFilter.IsValid(a);
        TopicFilter.Matches(a, b);
        TopicFilter.Contains(a, b);
        TopicFilter.Overlaps(a, b);
        Assert.True(SharedSubscription.IsShared(a) || !SharedSubscription.TryParse(a, out _));
    });

    [Fact]
    public void Matches_one_of_several()
    {
        string[] filters = ["a/b", "c/#"];
        Assert.True(TopicFilter.MatchesAny(filters, "c/d"));
        Assert.False(TopicFilter.MatchesAny(filters, "a"));
        Assert.False(TopicFilter.MatchesAny([], "a"));
    }

    private static bool NaiveMatch(string filter, string topic)
    {
        if (topic[0] == '$' && filter[0] is '+' or '#') return false;
        return Match(filter.Split('/'), topic.Split('/'));

        static bool Match(string[] filter, string[] topic)
        {
            if (filter is ["#"]) return true;
            if (topic.Length == 0) return filter.Length == 0;
            return filter.Length > 0 && (filter[0] == "+" || filter[0] == topic[0]) && Match(filter[1..], topic[1..]);
        }
    }

    private static List<string> TopicsOfDepth(int depth)
    {
        string[] levels = ["a", "b", "", "$s", "x"];
        IEnumerable<string> deepest = levels;
        var all = new List<string>(levels);
        for (var i = 1; i < depth; i++)
        {
            deepest = [.. deepest.SelectMany(prefix => levels.Select(level => prefix + "/" + level))];
            all.AddRange(deepest);
        }

        return all;
    }
}
