namespace Amqtt.Plugins;

/// <summary>A plugin of the client: override the events you want to see, or <see cref="OnConnectingAsync"/> to say how to connect.</summary>
/// <remarks>
/// <see cref="OnConnectingAsync"/> is awaited before every attempt, in configuration order. All other events are delivered on the plugin's own
/// lane (see <see cref="BasePlugin"/>), in the order in which they happened.
/// </remarks>
public abstract class ClientPlugin : BasePlugin
{
    /// <summary>
    /// The client is about to connect, for the first time or again. Awaited for at most 5 s; what is thrown, and a time-out, fail this attempt.
    /// </summary>
    /// <param name="context">What the attempt will use; the plugin may replace it, for example to put in a fresh token.</param>
    /// <param name="cancel">Cancelled when the time-out has passed or the client gives up.</param>
    public virtual ValueTask OnConnectingAsync(ConnectingContext context, CancellationToken cancel) => default;

    /// <summary>The broker accepted the connection.</summary>
    /// <param name="e">The broker and its answer.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnConnectedAsync(ConnectedEvent e, CancellationToken cancel) => default;

    /// <summary>The connection ended: exactly once per connected event, whatever the cause.</summary>
    /// <param name="e">The cause.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnDisconnectedAsync(DisconnectedEvent e, CancellationToken cancel) => default;

    /// <summary>The program published a message, and it is on its way to the broker.</summary>
    /// <param name="e">The message.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnPublishAsync(PublishEvent e, CancellationToken cancel) => default;

    /// <summary>A message arrived. Handlers and streams of the program get it independently of this.</summary>
    /// <param name="e">The message.</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnMessageAsync(MessageEvent e, CancellationToken cancel) => default;
}
