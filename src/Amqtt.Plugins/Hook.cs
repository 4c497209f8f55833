namespace Amqtt.Plugins;

/// <summary>Names every hook a plugin can have: for <see cref="PluginContext.Disable"/>, for logs and for counters.</summary>
/// <remarks>The names are those of the methods without <c>On</c> and <c>Async</c>; those of <see cref="ClientPlugin"/> have <c>Client</c> in front.</remarks>
public enum Hook
{
    /// <summary><see cref="BrokerPlugin.OnBrokerPreStartAsync"/>; awaited.</summary>
    BrokerPreStart,

    /// <summary><see cref="BrokerPlugin.OnBrokerPostStartAsync"/>; awaited.</summary>
    BrokerPostStart,

    /// <summary><see cref="BrokerPlugin.OnBrokerPreShutdownAsync"/>; awaited.</summary>
    BrokerPreShutdown,

    /// <summary><see cref="BrokerPlugin.OnBrokerPostShutdownAsync"/>; awaited.</summary>
    BrokerPostShutdown,

    /// <summary><see cref="IAuthPlugin.AuthenticateAsync"/>; decides.</summary>
    Authenticate,

    /// <summary><see cref="IConnectionFilter.FilterConnectionAsync"/>; decides.</summary>
    FilterConnection,

    /// <summary><see cref="IEnhancedAuthPlugin.Begin"/> and what follows; decides.</summary>
    EnhancedAuthenticate,

    /// <summary><see cref="ITopicPlugin.FilterTopicAsync"/>; decides.</summary>
    FilterTopic,

    /// <summary><see cref="BrokerPlugin.OnConnectAsync"/>; transforms.</summary>
    Connect,

    /// <summary><see cref="BrokerPlugin.OnSubscribeAsync"/>; transforms.</summary>
    Subscribe,

    /// <summary><see cref="BrokerPlugin.OnUnsubscribeAsync"/>; transforms.</summary>
    Unsubscribe,

    /// <summary><see cref="BrokerPlugin.OnPublishAsync"/>; transforms.</summary>
    Publish,

    /// <summary><see cref="BrokerPlugin.OnDeliverAsync"/>; transforms.</summary>
    Deliver,

    /// <summary><see cref="BrokerPlugin.OnWillAsync"/>; transforms.</summary>
    Will,

    /// <summary><see cref="BrokerPlugin.OnAcknowledgeAsync"/>; transforms.</summary>
    Acknowledge,

    /// <summary><see cref="BrokerPlugin.OnDisconnectAsync"/>; transforms.</summary>
    Disconnect,

    /// <summary><see cref="ClientPlugin.OnConnectingAsync"/>; awaited.</summary>
    ClientConnecting,

    /// <summary><see cref="BasePlugin.OnMqttPacketReceivedAsync"/>; observes.</summary>
    MqttPacketReceived,

    /// <summary><see cref="BasePlugin.OnMqttPacketSentAsync"/>; observes.</summary>
    MqttPacketSent,

    /// <summary><see cref="BrokerPlugin.OnBrokerClientConnectedAsync"/>; observes.</summary>
    BrokerClientConnected,

    /// <summary><see cref="BrokerPlugin.OnBrokerClientDisconnectedAsync"/>; observes.</summary>
    BrokerClientDisconnected,

    /// <summary><see cref="BrokerPlugin.OnBrokerAuthenticationFailedAsync"/>; observes.</summary>
    BrokerAuthenticationFailed,

    /// <summary><see cref="BrokerPlugin.OnBrokerSessionChangedAsync"/>; observes.</summary>
    BrokerSessionChanged,

    /// <summary><see cref="BrokerPlugin.OnBrokerClientSubscribedAsync"/>; observes.</summary>
    BrokerClientSubscribed,

    /// <summary><see cref="BrokerPlugin.OnBrokerClientUnsubscribedAsync"/>; observes.</summary>
    BrokerClientUnsubscribed,

    /// <summary><see cref="BrokerPlugin.OnBrokerRetainedMessageAsync"/>; observes.</summary>
    BrokerRetainedMessage,

    /// <summary><see cref="BrokerPlugin.OnBrokerMessageReceivedAsync"/>; observes.</summary>
    BrokerMessageReceived,

    /// <summary><see cref="BrokerPlugin.OnBrokerMessageBroadcastAsync"/>; observes.</summary>
    BrokerMessageBroadcast,

    /// <summary><see cref="BrokerPlugin.OnBrokerMessageStageAsync"/>; observes.</summary>
    BrokerMessageStage,

    /// <summary><see cref="BrokerPlugin.OnAttachedAsync"/>; observes.</summary>
    Attached,

    /// <summary><see cref="ClientPlugin.OnConnectedAsync"/>; observes.</summary>
    ClientConnected,

    /// <summary><see cref="ClientPlugin.OnDisconnectedAsync"/>; observes.</summary>
    ClientDisconnected,

    /// <summary><see cref="ClientPlugin.OnPublishAsync"/>; observes.</summary>
    ClientPublish,

    /// <summary><see cref="ClientPlugin.OnMessageAsync"/>; observes.</summary>
    ClientMessage,
}
