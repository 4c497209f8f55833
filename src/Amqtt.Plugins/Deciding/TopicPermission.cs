using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>What a <see cref="TopicPermission"/> is about.</summary>
[Flags]
public enum TopicAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Publishing, wills included.</summary>
    Publish = 1,

    /// <summary>Subscribing.</summary>
    Subscribe = 2,

    /// <summary>Receiving a message.</summary>
    Receive = 4,

    /// <summary>Everything.</summary>
    All = Publish | Subscribe | Receive,
}

/// <summary>One rule of the permissions that an auth plugin grants with <see cref="AuthenticateContext.Permissions"/>.</summary>
public sealed record TopicPermission
{
    /// <summary>A rule.</summary>
    /// <param name="topicFilter">The topics it is about. A subscription is covered if every topic of its filter is.</param>
    /// <param name="access">The actions it is about.</param>
    /// <param name="isAllowed">Whether they are allowed or denied.</param>
    /// <exception cref="ArgumentException">The filter is not valid.</exception>
    public TopicPermission(string topicFilter, TopicAccess access = TopicAccess.All, bool isAllowed = true)
    {
        ArgumentNullException.ThrowIfNull(topicFilter);
        if (!Protocol.TopicFilter.IsValid(topicFilter)) throw new ArgumentException($"'{LogText.Escape(topicFilter)}' is not a topic filter.", nameof(topicFilter));
        TopicFilter = topicFilter;
        Access = access;
        IsAllowed = isAllowed;
    }

    /// <summary>The topics it is about.</summary>
    public string TopicFilter { get; }

    /// <summary>The actions it is about.</summary>
    public TopicAccess Access { get; }

    /// <summary>Whether they are allowed.</summary>
    public bool IsAllowed { get; }

    /// <summary>Whether the rule decides about this use of a topic.</summary>
    internal bool Covers(TopicAction action, string topic)
    {
        var asked = action switch
        {
            TopicAction.Publish => TopicAccess.Publish,
            TopicAction.Subscribe => TopicAccess.Subscribe,
            _ => TopicAccess.Receive,
        };
        if (!Access.HasFlag(asked)) return false;
        return action == TopicAction.Subscribe ? Protocol.TopicFilter.Contains(TopicFilter, topic) : Protocol.TopicFilter.Matches(TopicFilter, topic);
    }
}
