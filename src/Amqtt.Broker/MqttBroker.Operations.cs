using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker;

/// <content>What an embedding program can do with the running broker (P-A17); the same as its plugins.</content>
public sealed partial class MqttBroker : IBroker
{
    /// <inheritdoc/>
    /// <exception cref="BrokerException">The broker is not started; so for every member here.</exception>
    public BrokerStatistics Statistics => Running.Statistics;

    /// <inheritdoc/>
    public IEnumerable<ISession> Sessions => Running.Sessions;

    private IBroker Running => _running?.Operations ?? throw new BrokerException($"the broker is {Status}; start it first");

    /// <inheritdoc/>
    public ValueTask<ReasonCode> PublishAsync(BrokerMessage message, PublishOptions? options = null, CancellationToken cancel = default) =>
        Running.PublishAsync(message, options, cancel);

    /// <inheritdoc/>
    public IDisposable Listen(string topicFilter, Func<HeardMessage, CancellationToken, ValueTask> handler, ListenOptions? options = null) =>
        Running.Listen(topicFilter, handler, options);

    /// <inheritdoc/>
    public ValueTask<ReasonCode> RetainAsync(BrokerMessage message, CancellationToken cancel = default) => Running.RetainAsync(message, cancel);

    /// <inheritdoc/>
    public ApplicationMessage? FindRetained(string topic) => Running.FindRetained(topic);

    /// <inheritdoc/>
    public IEnumerable<ApplicationMessage> RetainedMessages(string? topicFilter = null) => Running.RetainedMessages(topicFilter);

    /// <inheritdoc/>
    public ISession? FindSession(string clientId) => Running.FindSession(clientId);

    /// <inheritdoc/>
    public ValueTask<ISession> CreateSessionAsync(string clientId, NewSessionOptions? options = null, CancellationToken cancel = default) =>
        Running.CreateSessionAsync(clientId, options, cancel);

    /// <inheritdoc/>
    public ValueTask<SessionContents?> InspectSessionAsync(string clientId, CancellationToken cancel = default) => Running.InspectSessionAsync(clientId, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteSessionAsync(string clientId, bool sendWill = false, CancellationToken cancel = default) =>
        Running.DeleteSessionAsync(clientId, sendWill, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> DisconnectAsync(string clientId, DisconnectOptions? options = null, CancellationToken cancel = default) =>
        Running.DisconnectAsync(clientId, options, cancel);

    /// <inheritdoc/>
    public ValueTask<ReasonCode> SubscribeAsync(string clientId, string topicFilter, SubscriptionOptions options, CancellationToken cancel = default) =>
        Running.SubscribeAsync(clientId, topicFilter, options, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> UnsubscribeAsync(string clientId, string topicFilter, CancellationToken cancel = default) =>
        Running.UnsubscribeAsync(clientId, topicFilter, cancel);

    /// <inheritdoc/>
    public ValueTask<int> InvalidateAuthorizationAsync(string? clientId = null, CancellationToken cancel = default) =>
        Running.InvalidateAuthorizationAsync(clientId, cancel);

    /// <inheritdoc/>
    public IEnumerable<SubscriptionFacts> Subscriptions(string? topicFilter = null) => Running.Subscriptions(topicFilter);
}
