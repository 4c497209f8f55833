using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>
/// What the broker offers its plugins: <see cref="BrokerPlugin.Context"/>, or a constructor parameter. Usable from
/// <see cref="BrokerPlugin.OnBrokerPreStartAsync"/> on, from any thread and inside every hook; in a constructor there is no broker yet, only timers and the log.
/// </summary>
public abstract class BrokerContext : PluginContext, IBroker
{
    private protected BrokerContext()
    {
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The broker does not exist yet; so for every member.</exception>
    public BrokerStatistics Statistics => Broker.Statistics;

    /// <inheritdoc/>
    public IEnumerable<ISession> Sessions => Broker.Sessions;

    /// <summary>The broker, as this plugin's own.</summary>
    internal abstract IBroker Broker { get; }

    /// <inheritdoc/>
    public ValueTask<ReasonCode> PublishAsync(BrokerMessage message, PublishOptions? options = null, CancellationToken cancel = default)
        => Broker.PublishAsync(message, options, cancel);

    /// <inheritdoc/>
    public IDisposable Listen(string topicFilter, Func<HeardMessage, CancellationToken, ValueTask> handler, ListenOptions? options = null)
        => Broker.Listen(topicFilter, handler, options);

    /// <inheritdoc/>
    public ValueTask<ReasonCode> RetainAsync(BrokerMessage message, CancellationToken cancel = default) => Broker.RetainAsync(message, cancel);

    /// <inheritdoc/>
    public ApplicationMessage? FindRetained(string topic) => Broker.FindRetained(topic);

    /// <inheritdoc/>
    public IEnumerable<ApplicationMessage> RetainedMessages(string? topicFilter = null) => Broker.RetainedMessages(topicFilter);

    /// <inheritdoc/>
    public ISession? FindSession(string clientId) => Broker.FindSession(clientId);

    /// <inheritdoc/>
    public ValueTask<ISession> CreateSessionAsync(string clientId, NewSessionOptions? options = null, CancellationToken cancel = default)
        => Broker.CreateSessionAsync(clientId, options, cancel);

    /// <inheritdoc/>
    public ValueTask<SessionContents?> InspectSessionAsync(string clientId, CancellationToken cancel = default) => Broker.InspectSessionAsync(clientId, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteSessionAsync(string clientId, bool sendWill = false, CancellationToken cancel = default)
        => Broker.DeleteSessionAsync(clientId, sendWill, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> DisconnectAsync(string clientId, DisconnectOptions? options = null, CancellationToken cancel = default)
        => Broker.DisconnectAsync(clientId, options, cancel);

    /// <inheritdoc/>
    public ValueTask<ReasonCode> SubscribeAsync(string clientId, string topicFilter, SubscriptionOptions options, CancellationToken cancel = default)
        => Broker.SubscribeAsync(clientId, topicFilter, options, cancel);

    /// <inheritdoc/>
    public ValueTask<bool> UnsubscribeAsync(string clientId, string topicFilter, CancellationToken cancel = default)
        => Broker.UnsubscribeAsync(clientId, topicFilter, cancel);

    /// <inheritdoc/>
    public ValueTask<int> InvalidateAuthorizationAsync(string? clientId = null, CancellationToken cancel = default)
        => Broker.InvalidateAuthorizationAsync(clientId, cancel);

    /// <inheritdoc/>
    public IEnumerable<SubscriptionFacts> Subscriptions(string? topicFilter = null) => Broker.Subscriptions(topicFilter);
}
