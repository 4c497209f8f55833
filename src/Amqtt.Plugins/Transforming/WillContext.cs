using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A will that is due, see <see cref="BrokerPlugin.OnWillAsync"/>. A handle that notices when it is used after its hook ended.</summary>
public readonly struct WillContext
{
    private readonly MessageDraft _draft;
    private readonly int _generation;

    internal WillContext(MessageDraft draft)
    {
        _draft = draft;
        _generation = draft.Generation;
    }

    /// <summary>The session whose will it is; its client is gone.</summary>
    public ISession Session => _draft.Read(_draft.Facts.Session!, _generation);

    /// <summary>The client whose will it is.</summary>
    public string ClientId => _draft.Read(_draft.Facts.Publisher!, _generation);

    /// <summary>The topic name, after aliases are resolved and after what earlier plugins changed. Topic plugins filter the one that is left at the end.</summary>
    /// <exception cref="ArgumentException">Set: this is no topic name. Nothing has changed.</exception>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public string Topic
    {
        get => _draft.Read(_draft.Topic, _generation);
        set => _draft.SetTopic(_generation, Checked.Topic(value, nameof(Topic)));
    }

    /// <summary>The payload. What is set is copied. Read it anew after an <c>await</c>; keep a copy, never the span.</summary>
    public ReadOnlySpan<byte> Payload
    {
        get => _draft.Read(_draft.Payload, _generation);
        set => _draft.SetPayload(_generation, value.ToArray());
    }

    /// <summary>The QoS it is published with.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set: not 0 to 2. Nothing has changed.</exception>
    public QoS QoS
    {
        get => _draft.Read(_draft.QoS, _generation);
        set => _draft.SetQoS(_generation, Checked.QoS(value, QoS.ExactlyOnce, nameof(QoS)));
    }

    /// <summary>Whether it is stored for the topic's later subscribers.</summary>
    public bool Retain
    {
        get => _draft.Read(_draft.Retain, _generation);
        set => _draft.SetRetain(_generation, value);
    }

    /// <summary>How long the message lives; null = it does not expire. A fraction of a second is rounded up.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set: negative, or more than 136 years. Nothing has changed.</exception>
    public TimeSpan? MessageExpiryInterval
    {
        get => MessageProperties.Life(_draft.GetProperties(_generation).MessageExpiryInterval);
        set => _draft.SetProperties(_generation, Properties with { MessageExpiryInterval = MessageProperties.Seconds(Checked.Seconds(value, nameof(MessageExpiryInterval))) });
    }

    /// <summary>Whether the payload is said to be UTF-8 text; null = nothing is said. Nobody checks it.</summary>
    public bool? IsText
    {
        get => MessageProperties.IsText(_draft.GetProperties(_generation).PayloadFormatIndicator);
        set => _draft.SetProperties(_generation, Properties with { PayloadFormatIndicator = MessageProperties.Indicator(value) });
    }

    /// <summary>What the payload is, in the application's words; null = nothing is said. Only MQTT 5 clients see this and the following.</summary>
    /// <exception cref="ArgumentException">Set: no MQTT text. Nothing has changed.</exception>
    public string? ContentType
    {
        get => _draft.GetProperties(_generation).ContentType;
        set => _draft.SetProperties(_generation, Properties with { ContentType = Checked.Text(value, nameof(ContentType)) });
    }

    /// <summary>The topic for an answer, or null.</summary>
    /// <exception cref="ArgumentException">Set: this is no topic name. Nothing has changed.</exception>
    public string? ResponseTopic
    {
        get => _draft.GetProperties(_generation).ResponseTopic;
        set => _draft.SetProperties(_generation, Properties with { ResponseTopic = value is null ? null : Checked.Topic(value, nameof(ResponseTopic)) });
    }

    /// <summary>What an answer is to repeat, or null. What is set is copied.</summary>
    /// <exception cref="ArgumentException">Set: more than 65,535 bytes. Nothing has changed.</exception>
    public ReadOnlyMemory<byte>? CorrelationData
    {
        get => _draft.GetProperties(_generation).CorrelationData;
        set => _draft.SetProperties(_generation, Properties with { CorrelationData = Checked.Binary(value, nameof(CorrelationData)) });
    }

    /// <summary>The application's own properties, in order.</summary>
    /// <exception cref="ArgumentException">Set: a name or value is no MQTT text. Nothing has changed.</exception>
    public IReadOnlyList<UserProperty> UserProperties
    {
        get => _draft.GetProperties(_generation).UserProperties;
        set => _draft.SetProperties(_generation, Properties with { UserProperties = Checked.UserProperties(value, nameof(UserProperties)) });
    }

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken => _draft.GetToken(_generation);

    private MessageProperties Properties => MessageProperties.Of(_draft.GetProperties(_generation));

    /// <summary>Appends a user property.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">One of them is no MQTT text. Nothing has changed.</exception>
    public void AddUserProperty(string name, string value) =>
        _draft.SetProperties(_generation, Properties with { UserProperties = MessageProperties.With(Properties.UserProperties, name, value) });

    /// <summary>It is not published.</summary>
    public void Drop() => _draft.Decide(_generation, DraftOutcome.Drop, ReasonCode.Success, text: null);
}
