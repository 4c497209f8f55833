using System.Text;
using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Routing;

/// <summary>
/// Who receives a topic: the outcome of a walk of the <see cref="SubscriptionTree"/>, immutable and usable on any thread.
/// It stays right until <see cref="SubscriptionTree.IsCurrent"/> says no.
/// </summary>
internal sealed class Match : ITopicText
{
    private const int SeveralLoops = -1;

    private readonly int _onlyLoop;
    private string? _topic;
    private TopicScope? _scope;

    internal Match(byte[] topicUtf8, Target[]?[] byLoop, SharedGroup[] groups, int targets, MatchStamp stamp)
    {
        TopicUtf8 = topicUtf8;
        ByLoop = byLoop;
        Groups = groups;
        Count = targets + groups.Length;
        Stamp = stamp;
        _onlyLoop = OnlyLoopOf(byLoop, groups);
    }

    /// <summary>For each loop, the subscribers it owns; null where it has none.</summary>
    public Target[]?[] ByLoop { get; }

    /// <summary>The shared groups, each of which gets the message once. Their members are live.</summary>
    public SharedGroup[] Groups { get; }

    /// <summary>Number of targets and groups; 0 when nobody receives the topic.</summary>
    public int Count { get; }

    /// <summary>Whether <paramref name="subscriber"/> is among them, other than as a member of a group.</summary>
    public bool Includes(Subscriber subscriber)
    {
        foreach (ref readonly Target target in ByLoop[subscriber.Loop].AsSpan())
        {
            if (target.Subscriber == subscriber) return true;
        }

        return false;
    }

    /// <summary>Whether a message from <paramref name="loop"/> goes to others, or may.</summary>
    public bool CrossesFrom(int loop) => _onlyLoop != loop && Count > 0;

    /// <summary>The topic as it is on the wire. Nobody writes to it.</summary>
    public byte[] TopicUtf8 { get; }

    /// <summary>The topic as text, decoded when somebody asks first.</summary>
    public string Topic => _topic ??= Encoding.UTF8.GetString(TopicUtf8);

    /// <summary>Which plugins are asked about the topic; worked out once for all its messages.</summary>
    public ulong ScopeIn(PluginScopes scopes)
    {
        if (!scopes.HasTopics) return PluginScopes.All;
        if (_scope is { } known && known.Scopes == scopes) return known.Bits;
        _scope = new TopicScope(scopes, scopes.OfTopic(TopicUtf8));
        return _scope.Bits;
    }

    /// <summary>The versions of the tree it was made from.</summary>
    internal MatchStamp Stamp { get; }

    private static int OnlyLoopOf(Target[]?[] byLoop, SharedGroup[] groups)
    {
        if (byLoop.Length == 1) return 0;
        int only = SeveralLoops;
        for (int i = 0; i < byLoop.Length; i++)
        {
            if (byLoop[i] is null) continue;
            if (only != SeveralLoops) return SeveralLoops;
            only = i;
        }

        return groups.Length > 0 ? SeveralLoops : only;
    }

    private sealed record TopicScope(PluginScopes Scopes, ulong Bits);
}

/// <summary>
/// All matching, non-shared subscriptions of one subscriber together, so that overlapping ones become one delivery where
/// the receiver wants that (P-C18). At least one of them may be inactive by the time of delivery.
/// </summary>
internal readonly struct Target(Subscription first, Subscription[]? others)
{
    /// <summary>The only matching subscription, or one of them.</summary>
    public readonly Subscription First = first;

    /// <summary>The further ones of the same subscriber; null in the usual case.</summary>
    public readonly Subscription[]? Others = others;

    /// <summary>Whose subscriptions they are.</summary>
    public Subscriber Subscriber => First.Subscriber;
}

/// <summary>What a match was made from: a bucket of first topic levels and the two versions that, unchanged, prove it current.</summary>
internal readonly record struct MatchStamp(int Bucket, long BucketVersion, long WildcardVersion);
