using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Cli.Control;

/// <summary>What <c>amqtt plugins explain</c> asks about.</summary>
/// <param name="ClientId">The client.</param>
/// <param name="UserName">Its user name, if it has no session.</param>
/// <param name="Topic">The topic name, or the filter of a subscription.</param>
/// <param name="Action">What it wants to do.</param>
internal sealed record ExplainRequest(string ClientId, string? UserName, string Topic, TopicAction Action)
{
    /// <summary>What plugins are asked about: of a shared subscription its filter.</summary>
    public string Asked => SharedSubscription.TryParse(Topic, out var shared) && Action == TopicAction.Subscribe ? shared.Filter : Topic;

    public string[] ToCommand() => ["plugins", "explain", ClientId, UserName ?? "", Topic, Action.ToString()];

    public static ExplainRequest? From(string[] command) => command is ["plugins", "explain", var client, var user, var topic, var action] && Enum.TryParse(action, out TopicAction known)
        ? new(client, user.Length == 0 ? null : user, topic, known)
        : null;
}

/// <summary>A session as the client of a question would have it.</summary>
internal sealed class SupposedSession(ExplainRequest request) : ISession
{
    public string ClientId => request.ClientId;

    public bool CleanSession => true;

    public string? UserName => request.UserName;

    public bool IsAnonymous => request.UserName is null;

    public IPAddress? RemoteAddress => IPAddress.Loopback;

    public int RemotePort => 0;

    public string Listener => "default";

    public X509Certificate2? PeerCertificate => null;

    public ProtocolVersion ProtocolVersion => ProtocolVersion.V5;

    public TimeSpan KeepAlive => TimeSpan.Zero;

    public WillMessage? Will => null;

    public DateTimeOffset? LastConnectTime => null;

    public DateTimeOffset? LastDisconnectTime => null;

    public SessionState State => SessionState.New;

    public int InflightIn => 0;

    public int InflightOut => 0;

    public int QueuedMessages => 0;

    public bool SessionPresent => false;

    public SessionAttributes Attributes { get; } = new();
}
