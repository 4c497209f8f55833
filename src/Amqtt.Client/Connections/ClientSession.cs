using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Connections;

/// <summary>The client's session as its plugins see it. What only a broker knows about its clients is empty.</summary>
internal sealed class ClientSession : ISession
{
    private volatile Facts _facts = new(new() { Broker = new("mqtt://localhost") }, "", false, TimeSpan.Zero);
    private long _connected;
    private long _disconnected;
    private volatile SessionState _state;

    public string ClientId { get; set; } = "";

    public bool CleanSession => _facts.Options.CleanStart;

    public string? UserName => _facts.Options.UserName;

    public bool IsAnonymous => _facts.Options.UserName is null;

    public IPAddress? RemoteAddress => IPAddress.TryParse(_facts.Host, out var address) ? address : null;

    public int RemotePort => Math.Max(_facts.Options.Broker.Port, 0);

    public string Listener => "";

    public X509Certificate2? PeerCertificate => null;

    public ProtocolVersion ProtocolVersion => _facts.Options.ProtocolVersion;

    public TimeSpan KeepAlive => _facts.KeepAlive;

    public WillMessage? Will => _facts.Options.Will;

    public DateTimeOffset? LastConnectTime => Time(ref _connected);

    public DateTimeOffset? LastDisconnectTime => Time(ref _disconnected);

    public SessionState State => _state;

    public int InflightIn => CountIn();

    public int InflightOut => CountOut();

    public int QueuedMessages => CountWaiting();

    public bool SessionPresent => _facts.SessionPresent;

    public SessionAttributes Attributes { get; } = new();

    public Func<int> CountIn { private get; set; } = static () => 0;

    public Func<int> CountOut { private get; set; } = static () => 0;

    public Func<int> CountWaiting { private get; set; } = static () => 0;

    public void Connected(ClientConnectOptions options, Negotiated limits, bool sessionPresent, DateTimeOffset now)
    {
        _facts = new(options with { Password = null }, options.Broker.DnsSafeHost, sessionPresent, TimeSpan.FromSeconds(limits.KeepAlive));
        Interlocked.Exchange(ref _connected, now.UtcTicks);
        _state = SessionState.Connected;
    }

    public void Disconnected(DateTimeOffset now)
    {
        Interlocked.Exchange(ref _disconnected, now.UtcTicks);
        _state = SessionState.Disconnected;
    }

    private static DateTimeOffset? Time(ref long ticks) => Interlocked.Read(ref ticks) is > 0 and var value ? new(value, TimeSpan.Zero) : null;

    private sealed record Facts(ClientConnectOptions Options, string Host, bool SessionPresent, TimeSpan KeepAlive);
}
