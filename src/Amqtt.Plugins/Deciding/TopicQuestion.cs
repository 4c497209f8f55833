using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>The reusable state behind a <see cref="TopicContext"/>.</summary>
internal sealed class TopicQuestion : HookState
{
    /// <summary>Whether somebody is being asked it. On the thread that made it.</summary>
    public bool IsOut { get; set; }

    public TopicAction Action { get; private set; }

    public ISession? Session { get; private set; }

    public string? Topic { get; private set; }

    public string? ShareName { get; private set; }

    public QoS QoS { get; private set; }

    public bool Retain { get; private set; }

    protected override string ContextName => nameof(TopicContext);

    public void Begin(TopicAction action, ISession session, string topic, string? shareName, QoS qos, bool retain)
    {
        Action = action;
        // A reference that is there already is not written again: the same client mostly asks about the same topics.
        if (Session != session) Session = session;
        if (!ReferenceEquals(Topic, topic)) Topic = topic;
        if (!ReferenceEquals(ShareName, shareName)) ShareName = shareName;
        QoS = qos;
        Retain = retain;
    }

    /// <summary>Ends the question because its time is up. It is not used again, since the plugin may still be reading it.</summary>
    /// <returns>The same question for the next plugin.</returns>
    public TopicQuestion Abandon()
    {
        var successor = new TopicQuestion();
        successor.Begin(Action, Session!, Topic!, ShareName, QoS, Retain);
        Poison();
        return successor;
    }
}
