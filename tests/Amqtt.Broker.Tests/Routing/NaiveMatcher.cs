namespace Amqtt.Broker.Tests.Routing;

/// <summary>Section 4.7 word for word, with no thought of speed: what the tree and the retained store are compared with.</summary>
internal static class NaiveMatcher
{
    public static bool Matches(string filter, string topic)
    {
        if (topic.StartsWith('$') && filter[0] is '+' or '#')
            return false;
        return Matches(filter.Split('/'), topic.Split('/'));
    }

    private static bool Matches(Span<string> filter, Span<string> topic)
    {
        if (filter.IsEmpty)
            return topic.IsEmpty;
        if (filter[0] == "#")
            return true;
        if (topic.IsEmpty)
            return false;
        return (filter[0] == "+" || filter[0] == topic[0]) && Matches(filter[1..], topic[1..]);
    }
}
