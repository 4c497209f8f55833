namespace Amqtt.Plugins;

/// <summary>
/// A plugin for brokers and clients alike. Derive from <see cref="BrokerPlugin"/> or <see cref="ClientPlugin"/> for one of the two; from this class only
/// for one that serves both.
/// </summary>
/// <remarks>
/// <para>Override the hooks you want: a hook that nobody overrides costs nothing. There is nothing to register.</para>
/// <para>Every <c>On...Async</c> method is an observer: it is called on the plugin's own lane, one event after the other, never on
/// a thread that serves clients, and cannot change what it sees. It may take ten seconds; an exception or a time-out is
/// logged with the plugin's name and changes nothing else.</para>
/// <para>The constructor takes what the plugin needs: its <c>Config</c>, a <see cref="PluginContext"/>, an <c>ILogger&lt;T&gt;</c>, a
/// <see cref="TimeProvider"/>, a <c>Meter</c>, an <c>IHttpClientFactory</c>, and what <see cref="IConfigureServices"/> registers.</para>
/// </remarks>
public abstract class BasePlugin : IAsyncDisposable
{
    private PluginContext? _context;

    /// <summary>What the host offers this plugin. Available once the constructor is done; take it as a constructor parameter to use it earlier.</summary>
    /// <exception cref="InvalidOperationException">Read inside the constructor, or without a host.</exception>
    protected PluginContext Context => _context
        ?? throw new InvalidOperationException("Context is set after construction. In a constructor, take a PluginContext or BrokerContext parameter.");

    /// <summary>A packet arrived and was decoded; it has not been handled yet.</summary>
    /// <param name="e">The packet and its session (null for CONNECT).</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) => default;

    /// <summary>A packet was written.</summary>
    /// <param name="e">The packet and its session (null for a CONNACK that refuses).</param>
    /// <param name="cancel">Cancelled when the time-out has passed.</param>
    public virtual ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) => default;

    /// <summary>
    /// Called exactly once, when the host ends or when construction of a later plugin or a start failed; in reverse order of loading.
    /// It may take ten seconds.
    /// </summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    internal void Attach(PluginContext context) => _context = context;
}
