using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>What a client wants to do with a topic.</summary>
public enum TopicAction
{
    /// <summary>Publish to the topic; also a will, when the client connects and again when it is due.</summary>
    Publish,

    /// <summary>Subscribe; <see cref="TopicContext.Topic"/> is the topic filter.</summary>
    Subscribe,

    /// <summary>Receive a message with this topic, live, retained or queued.</summary>
    Receive,
}

/// <summary>A client that wants to use a topic. A handle that costs nothing and notices when it is used after its hook ended.</summary>
public readonly struct TopicContext
{
    private readonly TopicQuestion _question;
    private readonly int _generation;

    internal TopicContext(TopicQuestion question)
    {
        _question = question;
        _generation = question.Generation;
    }

    /// <summary>What the client wants to do.</summary>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public TopicAction Action => _question.Read(_question.Action, _generation);

    /// <summary>The session of the client.</summary>
    public ISession Session => _question.Read(_question.Session!, _generation);

    /// <summary>The topic name, or the topic filter for <see cref="TopicAction.Subscribe"/>, there without <c>$share/group/</c>.</summary>
    public string Topic => _question.Read(_question.Topic!, _generation);

    /// <summary>The group of a shared subscription, or null.</summary>
    public string? ShareName => _question.Read(_question.ShareName, _generation);

    /// <summary>The QoS of the message, or the one that the subscription asks for.</summary>
    public QoS QoS => _question.Read(_question.QoS, _generation);

    /// <summary>The RETAIN flag of the message; false for a subscription.</summary>
    public bool Retain => _question.Read(_question.Retain, _generation);

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken => _question.GetToken(_generation);
}
