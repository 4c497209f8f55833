using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>A session as a broker would show it.</summary>
internal sealed class TestSession(string clientId = "client", string? userName = "user") : ISession
{
    public string ClientId => clientId;

    public bool CleanSession => true;

    public string? UserName => userName;

    public bool IsAnonymous => userName is null;

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
}
