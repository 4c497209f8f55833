// No part of the test assembly: this file is compiled outside the repository, against the packed contract.
using System.Text;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Acme;

/// <summary>Writes a line into its journal for every event, refuses one user and seals one topic.</summary>
public sealed class Recorder(Recorder.Config config) : BrokerPlugin, IAuthPlugin, ITopicPlugin
{
    private readonly Lock _lock = new();

    public sealed class Config
    {
        public required string Journal { get; init; }
        public string RefusedUser { get; init; } = "nobody";
        public List<string> Sealed { get; init; } = [];
        public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);
        public Style Style { get; init; } = new();
    }

    public sealed class Style
    {
        public string Separator { get; init; } = "|";
        public int Width { get; init; } = 1;
    }

    public ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) =>
        context.UserName == config.RefusedUser ? Decision.Deny(ReasonCode.Banned, "not you") : Decision.Allow;

    public ValueTask<Decision> FilterTopicAsync(TopicContext context) =>
        config.Sealed.Contains(context.Topic) ? Decision.Deny() : Decision.Allow;

    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) =>
        Note("broker", $"pre-start {config.RefusedUser} [{string.Join(',', config.Sealed)}] {config.Patience} {config.Style.Separator} {config.Style.Width}");

    public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel) => Note("broker", "post-start");

    public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => Note("broker", "pre-shutdown");

    public override ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => Note("broker", "post-shutdown");

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) =>
        Note(e.ClientId, $"connected as {e.Session.UserName}");

    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) => Note(e.ClientId, $"disconnected {e.Cause}");

    public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) =>
        Note(e.ClientId, $"refused {e.UserName} {e.Reason}");

    public override ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) =>
        Note(e.ClientId, $"subscribed {e.TopicFilter} {e.GrantedQoS}");

    public override ValueTask OnBrokerClientUnsubscribedAsync(ClientUnsubscribedEvent e, CancellationToken cancel) =>
        Note(e.ClientId, $"unsubscribed {e.TopicFilter} {e.Cause}");

    public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => Note(e.ClientId, $"received {Describe(e.Message)}");

    public override ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel) => Note(e.ClientId!, $"broadcast {Describe(e.Message)}");

    private static string Describe(ApplicationMessage message) => $"{message.Topic} {message.QoS} {Encoding.UTF8.GetString(message.Payload.Span)}";

    private ValueTask Note(string who, string what)
    {
        lock (_lock)
            File.AppendAllText(config.Journal, $"{who}: {what}\n");
        return default;
    }
}
