using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>
/// A running broker, as its plugins (<see cref="BrokerContext"/>) and the program that embeds it use it. Every member may be used from any
/// thread and inside any hook: none blocks, and those that return a task complete on the thread pool.
/// </summary>
/// <remarks>
/// After the broker has stopped, members that change something do nothing and answer <see cref="ReasonCode.ServerShuttingDown"/>, false or null;
/// there are no sessions, subscriptions and retained messages any more.
/// </remarks>
public interface IBroker
{
    /// <summary>What the broker has counted since its start. Costs a walk over all sessions, so ask every few seconds, not for every message.</summary>
    BrokerStatistics Statistics { get; }

    /// <summary>All sessions, connected or not. Enumerating takes no lock and holds up nobody; sessions that come or go meanwhile may be met or not.</summary>
    IEnumerable<ISession> Sessions { get; }

    /// <summary>
    /// Publishes a message. By default it goes to all subscribers, topic plugins are asked about each receiver but not about the publisher, and the
    /// transforms of other plugins see it, the caller's own do not.
    /// </summary>
    /// <param name="message">The message; it is copied before the call returns.</param>
    /// <param name="options">To whom and on whose behalf; null for the default.</param>
    /// <param name="cancel">Stops waiting; the message may be published all the same.</param>
    /// <returns>
    /// What a publisher would be told: <see cref="ReasonCode.Success"/>, <see cref="ReasonCode.NoMatchingSubscribers"/>, <see cref="ReasonCode.QuotaExceeded"/> (delivered,
    /// but not retained for lack of room), the reason of a plugin that refused it, or <see cref="ReasonCode.ClientIdentifierNotValid"/> if the options name a client
    /// that has no session.
    /// </returns>
    /// <exception cref="ArgumentException">The topic is not a topic name, or the message is too large for any packet.</exception>
    ValueTask<ReasonCode> PublishAsync(BrokerMessage message, PublishOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Subscribes as the plugin itself, without a session. The handler gets one message after the other, in order, on the thread pool, from a bounded lane: when it
    /// does not keep up, further messages are dropped and counted. An exception or a time-out of the handler is logged with the plugin's name and the
    /// next message follows. A plugin that takes another's place hears nothing before all hooks change over, and from then on everything that the other does not.
    /// </summary>
    /// <param name="topicFilter">A topic filter. One below <c>$</c> also gets what clients publish there, which nobody else does.</param>
    /// <param name="handler">Called with each message; its token is cancelled when the time-out has passed or the subscription ends.</param>
    /// <param name="options">Own messages, size of the lane; null for the defaults.</param>
    /// <returns>Dispose it to end the subscription; it ends with the plugin anyway, which first handles what it has heard.</returns>
    /// <exception cref="ArgumentException">The filter is not valid, or shared.</exception>
    IDisposable Listen(string topicFilter, Func<HeardMessage, CancellationToken, ValueTask> handler, ListenOptions? options = null);

    /// <summary>Sets the retained message of a topic, or clears it if the payload is empty, without publishing anything.</summary>
    /// <param name="message">The message; <see cref="BrokerMessage.Retain"/> does not matter.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns><see cref="ReasonCode.Success"/>, or <see cref="ReasonCode.QuotaExceeded"/> if there is no room.</returns>
    /// <exception cref="ArgumentException">The topic is not a topic name.</exception>
    ValueTask<ReasonCode> RetainAsync(BrokerMessage message, CancellationToken cancel = default);

    /// <summary>The retained message of a topic, or null.</summary>
    /// <param name="topic">A topic name.</param>
    ApplicationMessage? FindRetained(string topic);

    /// <summary>The retained messages that match a filter. Enumerating takes no lock; messages that come or go meanwhile may be met or not.</summary>
    /// <param name="topicFilter">A topic filter; null = all, those below <c>$</c> included.</param>
    /// <exception cref="ArgumentException">The filter is not valid.</exception>
    IEnumerable<ApplicationMessage> RetainedMessages(string? topicFilter = null);

    /// <summary>The session of a client, or null.</summary>
    /// <param name="clientId">The client identifier.</param>
    ISession? FindSession(string clientId);

    /// <summary>The session of a client; if there is none, an offline one is created, which waits for its client like any other.</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="options">Who a created session belongs to, and how long it lives; null for the defaults.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <exception cref="InvalidOperationException">The broker keeps no more sessions (<c>limits.max_sessions</c>, <c>max_sessions_per_identity</c>), or has stopped.</exception>
    ValueTask<ISession> CreateSessionAsync(string clientId, NewSessionOptions? options = null, CancellationToken cancel = default);

    /// <summary>What a session holds: its subscriptions, what is in flight, what waits. Null if there is no such session.</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="cancel">Stops waiting.</param>
    ValueTask<SessionContents?> InspectSessionAsync(string clientId, CancellationToken cancel = default);

    /// <summary>Disconnects the client if it is connected, and deletes its session with everything in it.</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="sendWill">Whether its will is published, one that waits for its delay included.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>False if there is no such session.</returns>
    ValueTask<bool> DeleteSessionAsync(string clientId, bool sendWill = false, CancellationToken cancel = default);

    /// <summary>Disconnects a client; its session stays as long as it would after a lost connection.</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="options">Reason, text and will; null for <see cref="ReasonCode.AdministrativeAction"/> without a will.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>False if the client is not connected.</returns>
    /// <exception cref="ArgumentException">A broker's DISCONNECT cannot carry this reason.</exception>
    ValueTask<bool> DisconnectAsync(string clientId, DisconnectOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Subscribes a client as its own SUBSCRIBE would: checked, asked about, with the event and the retained messages. Creates its offline session if there is none.
    /// </summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="topicFilter">The filter, with <c>$share/group/</c> if it is to be shared.</param>
    /// <param name="options">QoS and the options of MQTT 5.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>The granted QoS as a reason code (0, 1, 2), or the reason of the refusal, 0x80 and above.</returns>
    ValueTask<ReasonCode> SubscribeAsync(string clientId, string topicFilter, SubscriptionOptions options, CancellationToken cancel = default);

    /// <summary>Removes a subscription of a client.</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="topicFilter">The filter exactly as it was subscribed to.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>False if there is no such session or subscription.</returns>
    ValueTask<bool> UnsubscribeAsync(string clientId, string topicFilter, CancellationToken cancel = default);

    /// <summary>
    /// What clients may do has changed: verdicts that were kept (<see cref="Decision.CacheFor"/>) are forgotten at once, verdicts that are pending are asked for again, and every
    /// subscription is asked about anew. One that is denied now is removed, with its event, and receives nothing more.
    /// </summary>
    /// <param name="clientId">Only for this client; null = for all.</param>
    /// <param name="cancel">Stops waiting.</param>
    /// <returns>Completes when all subscriptions have been asked about; how many were removed.</returns>
    ValueTask<int> InvalidateAuthorizationAsync(string? clientId = null, CancellationToken cancel = default);

    /// <summary>The subscriptions of all sessions. Enumerating takes no lock; those that come or go meanwhile may be met or not.</summary>
    /// <param name="topicFilter">Only those with exactly this filter; null = all.</param>
    IEnumerable<SubscriptionFacts> Subscriptions(string? topicFilter = null);
}
