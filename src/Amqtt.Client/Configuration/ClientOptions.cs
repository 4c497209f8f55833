using System.ComponentModel.DataAnnotations;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Client.Configuration;

/// <summary>Everything that can be said about a client: the configuration file as a class. Set before the client is made; read-only from then on.</summary>
public sealed partial class ClientOptions
{
    internal const string DefaultPlugin = "amqtt.plugins.logging_amqtt.PacketLoggerPlugin";

    /// <summary>The client identifier. Null: <c>amqtt/</c> and 16 random letters and digits. An empty one is sent as it is: the broker chooses. Default null.</summary>
    public string? ClientId { get; set; }

    /// <summary>The user name; one in the URI counts before it. Default null.</summary>
    public string? Username { get; set; }

    /// <summary>The password; one in the URI counts before it. Default null.</summary>
    public Secret? Password { get; set; }

    /// <summary>The version of the protocol. Default 5.0.</summary>
    public ProtocolVersion ProtocolVersion { get; set; } = ProtocolVersion.V5;

    /// <summary>Keep alive, sent in CONNECT in whole seconds; 0 = off. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "18:12:15")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>PINGREQ goes out so long before the keep alive has passed without sending. 0 = no automatic pings. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "18:12:15")]
    public TimeSpan PingDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>QoS of a publish that names none, 0 to 2. Default 0.</summary>
    [Range(0, 2)]
    public int DefaultQos { get; set; }

    /// <summary>RETAIN of a publish that does not say. Default false.</summary>
    public bool DefaultRetain { get; set; }

    /// <summary>QoS and RETAIN by topic, for publishes that do not say; exact names.</summary>
    public IDictionary<string, TopicOptions> Topics { get; set; } = new Dictionary<string, TopicOptions>(StringComparer.Ordinal);

    /// <summary>The broker, and certificates for it.</summary>
    public ConnectionOptions Connection { get; set; } = new();

    /// <summary>The older name of <see cref="Connection"/>.</summary>
    public ConnectionOptions? Broker { get; set; }

    /// <summary>Further brokers that share their sessions with the first: an attempt tries each in turn. Default none.</summary>
    public IList<string> Servers { get; set; } = [];

    /// <summary>The time from opening the network connection to CONNACK. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan ConnectionTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether the broker's certificate must carry the host's name. Default true.</summary>
    public bool CheckHostname { get; set; } = true;

    /// <summary>Whether the broker's certificate must be valid. False only together with <see cref="CheckHostname"/> false. Default true.</summary>
    public bool VerifyCert { get; set; } = true;

    /// <summary>Clean Session; in 5.0 Clean Start. Default true.</summary>
    public bool CleanSession { get; set; } = true;

    /// <summary>The same for an automatic reconnect. Null: false if the broker keeps the session (see <see cref="SessionExpiryInterval"/>), else <see cref="CleanSession"/>.</summary>
    public bool? ReconnectCleanSession { get; set; }

    /// <summary>
    /// How long the session outlives its connection (5.0). Null: not at all with <see cref="CleanSession"/>, for ever without, as in 3.1.1. Whole seconds; <c>unlimited</c> = for ever.
    /// </summary>
    [Unlimited(Zero = false), Range(typeof(TimeSpan), "00:00:00", "49710.06:28:15")]
    public TimeSpan? SessionExpiryInterval { get; set; }

    /// <summary>The message that the broker publishes if the connection ends without DISCONNECT. Default none.</summary>
    public WillOptions? Will { get; set; }

    /// <summary>Pairs of name and value that CONNECT carries (5.0).</summary>
    public IDictionary<string, string> UserProperties { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Plugins, in the order in which they are asked. Default: the packet log (<c>Clear()</c> removes it).</summary>
    [BoundSeparately]
    public PluginCollection Plugins { get; set; } = new PluginCollection().Add(DefaultPlugin);

    /// <summary>What relative paths of plugins start from: the folder of the configuration file, or null for the current one.</summary>
    public string? BaseDirectory { get; internal set; }

    /// <summary>Whether plugins are those that a client has when nobody said anything about plugins.</summary>
    internal bool HasDefaultPlugins => Plugins.Count == 1 && Plugins.First() is { Path: DefaultPlugin, Type: null };

    /// <summary>Checks the whole. The client does so when it is made.</summary>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public void Validate()
    {
        var errors = new ConfigErrors();
        ConfigBinder.Validate(this, errors, "");
        ClientRules.Check(this, root: null, errors);
        errors.ThrowIfAny();
    }

    internal ClientOptions Clone() => (ClientOptions)MemberwiseClone();
}
