using System.Net;
using System.Security.Cryptography.X509Certificates;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Plugins.Standard.Tests.AccessControl;

/// <summary>A plugin in its host, asked as the broker asks it.</summary>
internal static class AclHost
{
    public static async Task<bool> AllowsAsync(this PluginHost host, TopicAction action, string? user, string topic, string clientId = "client") =>
        await host.AllowsAsync(action, new Session(clientId, user), topic);

    public static async ValueTask<bool> AllowsAsync(this PluginHost host, TopicAction action, ISession session, string topic)
    {
        var verdict = await host.Hooks.Topics.FilterAsync(action, session, topic, QoS.AtMostOnce, retain: false);
        Assert.False(verdict.IsFault);
        return verdict.IsAllowed;
    }

    public sealed class Session(string clientId, string? user) : ISession
    {
        public string ClientId => clientId;

        public bool CleanSession => true;

        public string? UserName => user;

        public bool IsAnonymous => user is null;

        public IPAddress? RemoteAddress => null;

        public int RemotePort => 0;

        public string Listener => "default";

        public X509Certificate2? PeerCertificate => null;

        public ProtocolVersion ProtocolVersion => ProtocolVersion.V5;

        public TimeSpan KeepAlive => default;

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
}
