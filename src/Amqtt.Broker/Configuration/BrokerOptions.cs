using System.ComponentModel.DataAnnotations;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Configuration;

/// <summary>Everything that can be said about a broker: the configuration file as a class. Set before the broker starts; read-only from then on.</summary>
public sealed class BrokerOptions
{
    /// <summary>Where clients connect. Default: the listener <c>default</c>, TCP on 0.0.0.0:1883.</summary>
    public ListenerCollection Listeners { get; set; } = new() { [ListenerCollection.DefaultName] = new() };

    /// <summary>
    /// The plugins, in the order in which they are asked. Default: event log, packet log, access for everyone, and $SYS topics every 20 s (<c>Clear()</c> removes them).
    /// By name they are found among the assemblies of the program and in <see cref="PluginPath"/>.
    /// </summary>
    [BoundSeparately]
    public PluginCollection Plugins { get; set; } = DefaultPlugins.All();

    /// <summary>Added to the time after which a silent client counts as gone (1.5 times its keep-alive). Default 0 s.</summary>
    [NullIsDefault, Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan TimeoutDisconnectDelay { get; set; }

    /// <summary>
    /// How long the session of a 3.1.1 client outlives its last connection, with subscriptions and queue. Default <see cref="Timeout.InfiniteTimeSpan"/>: for ever.
    /// </summary>
    [Unlimited(Zero = false, Null = true)]
    public TimeSpan SessionExpiryInterval { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>Every bound of the broker.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>Number of event loops; null = one per core. Default null.</summary>
    [Range(1, 1024)]
    public int? EventLoops { get; set; }

    /// <summary>Folder with plugins, one folder each. Default null: <c>plugins/</c> beside the configuration file, if there is one.</summary>
    [ConfigPath(MustExist = PathKind.Folder)]
    public string? PluginPath { get; set; }

    /// <summary>A connection that leaves a delivery unacknowledged for so long is ended; its messages stay. Default <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    [Unlimited(Zero = false, Null = true)]
    public TimeSpan AckTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>How many copies a client gets of a message that matches several of its filters. Default <see cref="OverlappingSubscriptions.Once"/>.</summary>
    public OverlappingSubscriptions OverlappingSubscriptions { get; set; }

    /// <summary>Refuse a payload that says it is text (payload format indicator 1) and is not UTF-8: PUBACK or PUBREC 0x99, CONNACK 0x99 for a will, QoS 0 is dropped. Default false.</summary>
    public bool ValidatePayloadFormat { get; set; }

    /// <summary>A topic plugin without an opinion counts as one that denies. Default false.</summary>
    public bool StrictTopicPlugins { get; set; }

    /// <summary>Accept clients of MQTT 3.1 (<c>MQIsdp</c>); otherwise they get CONNACK 0x01. Default true.</summary>
    public bool Mqtt31 { get; set; } = true;

    /// <summary>
    /// What a v5 client is told that asks for Response Information: where it may expect responses, for instance <c>replies/{client_id}</c>, in which the
    /// client's id takes the place of <c>{client_id}</c> (section 4.10). Default null: nothing.
    /// </summary>
    public string? ResponseInformation { get; set; }

    /// <summary>The folder that relative paths start from: that of the configuration file, or null for the current one.</summary>
    public string? BaseDirectory { get; internal set; }

    /// <summary>Where values stand in the configuration that these options were read from; null if they were made by code.</summary>
    internal SourceMap? Source { get; set; }

    /// <summary>Checks the whole: ranges, listeners that exclude each other or that nobody serves, TLS without a certificate. The broker does so before it starts.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public void Validate()
    {
        var errors = new ConfigErrors();
        ConfigBinder.Validate(this, errors, "");
        var source = Source ?? new(null);
        OptionsRules.Check(this, source, errors);
        new OptionsRules(this, source, errors).CheckTypes();
        errors.ThrowIfAny();
    }

    /// <summary>Every key with its effective value, as it would be configured, without the plugins: listeners show what they inherit.</summary>
    internal ConfigMapping Describe()
    {
        var shown = (BrokerOptions)MemberwiseClone();
        shown.Listeners = [];
        var parent = Listeners.GetValueOrDefault(ListenerCollection.DefaultName) ?? new();
        foreach (var (name, listener) in Listeners)
            shown.Listeners[name] = listener.Over(parent, new LimitOptions(), name);
        return ConfigTree.Describe(shown);
    }

    /// <summary>The listeners with everything in place that they inherit, from the listener <c>default</c> and from <see cref="Limits"/>. Copies: changing them changes nothing.</summary>
    internal IReadOnlyList<ListenerOptions> EffectiveListeners()
    {
        var parent = Listeners.GetValueOrDefault(ListenerCollection.DefaultName) ?? new();
        return [.. Listeners.Select(pair => pair.Value.Over(parent, Limits, pair.Key))];
    }
}
