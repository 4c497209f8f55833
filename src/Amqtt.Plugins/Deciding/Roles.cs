namespace Amqtt.Plugins;

/// <summary>The role of a plugin that decides who may connect. Declaring it on the class is what grants it.</summary>
public interface IAuthPlugin
{
    /// <summary>Decides whether a client may connect. Always called on the thread pool, so hashing a password may take its time.</summary>
    /// <param name="context">Who asks. Not usable after the returned task has completed or timed out.</param>
    /// <returns>The decision. An exception, or no answer within five seconds, refuses the client.</returns>
    ValueTask<Decision> AuthenticateAsync(AuthenticateContext context);
}

/// <summary>The role of a plugin that decides who may use a topic. Declaring it on the class is what grants it.</summary>
public interface ITopicPlugin
{
    /// <summary>
    /// Decides whether a client may publish to a topic, subscribe to a filter, or receive a message. At first called on the thread pool;
    /// once a thousand calls stayed under a millisecond, on the threads that serve clients, so it must not block.
    /// </summary>
    /// <param name="context">The question. Not usable after the returned task has completed or timed out.</param>
    /// <returns>The decision. An exception, or no answer within two seconds, refuses this one use of the topic.</returns>
    ValueTask<Decision> FilterTopicAsync(TopicContext context);
}

/// <summary>A broker plugin that decides who may connect.</summary>
public abstract class BaseAuthPlugin : BrokerPlugin, IAuthPlugin
{
    /// <inheritdoc/>
    public abstract ValueTask<Decision> AuthenticateAsync(AuthenticateContext context);
}

/// <summary>A broker plugin that decides who may use a topic.</summary>
public abstract class BaseTopicPlugin : BrokerPlugin, ITopicPlugin
{
    /// <inheritdoc/>
    public abstract ValueTask<Decision> FilterTopicAsync(TopicContext context);
}
