using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard;

/// <summary>What an access control list says to one client: plain filters, so that a message costs comparisons only. Kept with the session until the rules or the user change.</summary>
internal sealed class AccessView(AccessRules rules, string? userName)
{
    public required bool IsSuperuser { get; init; }

    /// <summary>Filters of allowed topics; null = unrestricted.</summary>
    public required string[]? Publish { get; init; }

    /// <inheritdoc cref="Publish"/>
    public required string[]? Subscribe { get; init; }

    /// <inheritdoc cref="Publish"/>
    public required string[]? Receive { get; init; }

    public required string[] PublishDeny { get; init; }

    public required string[] ReceiveDeny { get; init; }

    /// <summary>Whether it was made of these rules, for this user.</summary>
    public bool IsOf(AccessRules current, string? user) => ReferenceEquals(rules, current) && userName == user;

    public bool Allows(TopicAction action, string topic)
    {
        if (IsSuperuser) return true;
        return action switch
        {
            TopicAction.Publish => Matches(Publish, topic) && !Matches(PublishDeny, topic),
            TopicAction.Receive => Matches(Receive, topic) && !Matches(ReceiveDeny, topic),
            // A subscription that is wider than what is denied is granted; its denied messages are not delivered.
            TopicAction.Subscribe => Contains(Subscribe, topic) && !Contains(ReceiveDeny, topic),
            _ => false,
        };
    }

    private static bool Matches(string[]? filters, string topic)
    {
        if (filters is null) return true;
        foreach (var filter in filters)
        {
            if (TopicFilter.Matches(filter, topic)) return true;
        }

        return false;
    }

    private static bool Contains(string[]? filters, string requested)
    {
        if (filters is null) return true;
        foreach (var filter in filters)
        {
            if (TopicFilter.Contains(filter, requested)) return true;
        }

        return false;
    }
}
