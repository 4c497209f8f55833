using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>
/// A CONNECT before anybody is asked about it, see <see cref="BrokerPlugin.OnConnectAsync"/>. What is left at the end is validated and authenticated. A handle that
/// notices when it is used after its hook ended.
/// </summary>
public readonly struct ConnectContext
{
    private readonly ConnectDraft _draft;
    private readonly int _generation;

    internal ConnectContext(ConnectDraft draft)
    {
        _draft = draft;
        _generation = draft.Generation;
    }

    /// <summary>The name of the listener, as configured.</summary>
    /// <exception cref="InvalidOperationException">The hook has ended; so for every member.</exception>
    public string Listener => Facts.Listener;

    /// <summary>Where the client comes from; null for transports without addresses.</summary>
    public IPAddress? RemoteAddress => Facts.RemoteAddress;

    /// <summary>The port belonging to <see cref="RemoteAddress"/>, or 0.</summary>
    public int RemotePort => Facts.RemotePort;

    /// <summary>The certificate the client presented, or null.</summary>
    public X509Certificate2? PeerCertificate => Facts.PeerCertificate;

    /// <summary>What the client speaks.</summary>
    public ProtocolVersion ProtocolVersion => Facts.ProtocolVersion;

    /// <summary>The client identifier; empty leaves the choice to the broker.</summary>
    /// <exception cref="ArgumentException">Set: no MQTT text. Nothing has changed. Whether the broker takes it is seen when it is validated.</exception>
    public string ClientId
    {
        get => Edits.ClientId;
        set => Set(Edits with { ClientId = Checked.Text(value ?? throw new ArgumentNullException(nameof(value)), nameof(ClientId))! });
    }

    /// <summary>The user name, or null.</summary>
    /// <exception cref="ArgumentException">Set: no MQTT text. Nothing has changed.</exception>
    public string? UserName
    {
        get => Edits.UserName;
        set => Set(Edits with { UserName = Checked.Text(value, nameof(UserName)) });
    }

    /// <summary>The password, or null. Overwritten with zeros once the client is authenticated: do not keep it. What is set is copied.</summary>
    /// <exception cref="ArgumentException">Set: more than 65,535 bytes. Nothing has changed.</exception>
    public ReadOnlyMemory<byte>? Password
    {
        get => Edits.Password;
        set => Set(Edits with { Password = Checked.Binary(value, nameof(Password)) });
    }

    /// <summary>Whether the client wants a fresh session.</summary>
    public bool CleanStart
    {
        get => Edits.CleanStart;
        set => Set(Edits with { CleanStart = value });
    }

    /// <summary>Seconds without a packet after which the client counts as gone, times 1.5; 0 = never. An MQTT 5 client is told of one that is not its own only if a limit says so.</summary>
    public ushort KeepAlive
    {
        get => Edits.KeepAlive;
        set => Set(Edits with { KeepAlive = value });
    }

    /// <summary>How long the session outlives the connection; null = not at all (MQTT 5), as the clean session flag says (before); infinite = for ever. In whole seconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set: negative, or more than 136 years and not infinite. Nothing has changed.</exception>
    public TimeSpan? SessionExpiryInterval
    {
        get => Edits.SessionExpiryInterval switch { null => null, uint.MaxValue => Timeout.InfiniteTimeSpan, { } seconds => TimeSpan.FromSeconds(seconds) };
        set => Set(Edits with
        {
            SessionExpiryInterval = value == Timeout.InfiniteTimeSpan
                ? uint.MaxValue
                : MessageProperties.Seconds(Checked.Seconds(value, nameof(SessionExpiryInterval))),
        });
    }

    /// <summary>The application's own properties, in order.</summary>
    /// <exception cref="ArgumentException">Set: a name or value is no MQTT text. Nothing has changed.</exception>
    public IReadOnlyList<UserProperty> UserProperties
    {
        get => Edits.UserProperties;
        set => Set(Edits with { UserProperties = Checked.UserProperties(value, nameof(UserProperties)) });
    }

    /// <summary>The will, or null.</summary>
    /// <exception cref="ArgumentException">Set: its topic is no topic name, its QoS not 0 to 2, or its payload has more than 65,535 bytes. Nothing has changed.</exception>
    public WillMessage? Will
    {
        get => Edits.Will;
        set => Set(Edits with { Will = CheckedWill(value) });
    }

    /// <summary>Cancelled when the time-out has passed.</summary>
    public CancellationToken CancellationToken => _draft.GetToken(_generation);

    private ConnectFacts Facts => _draft.Read(_draft.Facts, _generation);

    private ConnectEdits Edits => _draft.Read(_draft.Edits, _generation);

    /// <summary>Refuses the client: CONNACK with the reason, or the nearest return code for an older client, and the connection ends.</summary>
    /// <param name="reason">Why; 0x80 or above.</param>
    /// <param name="text">A sentence for an MQTT 5 client, or null. It must say nothing that helps an attacker.</param>
    /// <exception cref="ArgumentException">CONNACK cannot carry the code, it is no error, or the text is no MQTT text.</exception>
    public void Refuse(ReasonCode reason = ReasonCode.NotAuthorized, string? text = null) =>
        _draft.Decide(_generation, DraftOutcome.Refuse, Checked.Error(reason, PacketType.ConnAck, nameof(reason)), Checked.Text(text, nameof(text)));

    private static WillMessage? CheckedWill(WillMessage? will)
    {
        if (will is null) return null;
        _ = Checked.Topic(will.Topic, nameof(Will));
        _ = Checked.QoS(will.QoS, QoS.ExactlyOnce, nameof(Will));
        return will.Payload.Length <= Wire.MaxFieldLength ? will : throw new ArgumentException("The payload of a will has at most 65,535 bytes.", nameof(will));
    }

    private void Set(ConnectEdits edits) => _draft.Set(_generation, edits);
}
