using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Benchmarks.Hooks;

/// <summary>A session, for hooks that look at one.</summary>
internal sealed class Session : ISession, IAuthorizedSession
{
    public string ClientId => "client";

    public bool CleanSession => true;

    public string? UserName => "user";

    public bool IsAnonymous => false;

    public IPAddress? RemoteAddress => IPAddress.Loopback;

    public int RemotePort => 1;

    public string Listener => "default";

    public X509Certificate2? PeerCertificate => null;

    public ProtocolVersion ProtocolVersion => ProtocolVersion.V5;

    public TimeSpan KeepAlive => TimeSpan.FromSeconds(60);

    public WillMessage? Will => null;

    public DateTimeOffset? LastConnectTime => null;

    public DateTimeOffset? LastDisconnectTime => null;

    public SessionState State => SessionState.Connected;

    public int InflightIn => 0;

    public int InflightOut => 0;

    public int QueuedMessages => 0;

    public bool SessionPresent => false;

    public SessionAttributes Attributes { get; } = new();

    public IReadOnlyList<TopicPermission>? Permissions => null;

    public VerdictCache Verdicts { get; } = new();

    public int AuthorizationVersion => 0;
}
