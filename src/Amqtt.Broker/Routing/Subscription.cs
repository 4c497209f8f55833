using System.Text;
using Amqtt.Protocol;

namespace Amqtt.Broker.Routing;

/// <summary>
/// One filter of one subscriber. The object lives from SUBSCRIBE to UNSUBSCRIBE: subscribing again to the same filter changes
/// its options in place ([MQTT-3.8.4-3]), so a match that was cached before never delivers by stale ones.
/// The options belong to the subscriber's loop; only that loop reads and writes them.
/// </summary>
internal sealed class Subscription : ISlotted
{
    private const string SharePrefix = "$share/";

    private volatile bool _isActive = true;

    /// <param name="subscriber">Whose subscription it is.</param>
    /// <param name="filter">The valid filter as the client wrote it, with <c>$share/{name}/</c> if it is shared.</param>
    /// <param name="shareName">The share name within <paramref name="filter"/>; null when it is not a shared subscription.</param>
    public Subscription(Subscriber subscriber, string filter, string? shareName = null)
    {
        Subscriber = subscriber;
        Filter = filter;
        ShareName = shareName;
        var prefix = shareName is null ? 0 : SharePrefix.Length + shareName.Length + 1;
        TopicFilter = Encoding.UTF8.GetBytes(filter, prefix, filter.Length - prefix);
    }

    /// <summary>Whose subscription it is.</summary>
    public Subscriber Subscriber { get; }

    /// <summary>The filter as the client wrote it, a <c>$share/{name}/</c> prefix included.</summary>
    public string Filter { get; }

    /// <summary>The share name; null for a subscription that is not shared.</summary>
    public string? ShareName { get; }

    /// <summary>What topics are matched against: the filter without its share prefix, UTF-8.</summary>
    public byte[] TopicFilter { get; }

    /// <summary>The granted QoS.</summary>
    public QoS QoS { get; set; }

    /// <summary>Skip messages that this client published itself [MQTT-3.8.3-3].</summary>
    public bool NoLocal { get; set; }

    /// <summary>Forward live messages with the RETAIN flag they came with [MQTT-3.3.1-13].</summary>
    public bool RetainAsPublished { get; set; }

    /// <summary>When retained messages are sent at subscribe, as last requested.</summary>
    public RetainHandling RetainHandling { get; set; }

    /// <summary>The Subscription Identifier; 0 when there is none.</summary>
    public uint Identifier { get; set; }

    /// <summary>
    /// False once the subscription has left the tree. The receiving loop looks here before it delivers, because a match made earlier
    /// may still name this subscription and nothing may arrive after UNSUBACK. Readable on any thread.
    /// </summary>
    public bool IsActive
    {
        get => _isActive;
        internal set => _isActive = value;
    }

    /// <summary>The group of a shared subscription from when it is in the tree, also after it has left; otherwise null.</summary>
    public SharedGroup? Group { get; internal set; }

    /// <summary>Where the tree keeps the subscription; null while it is not in a tree. Under the tree's writer lock.</summary>
    internal SubscriptionSet? Place { get; set; }

    /// <summary>Position in the bag of <see cref="Place"/> or the members of <see cref="Group"/>.</summary>
    int ISlotted.Slot { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Subscriber.ClientId}: {Filter}";
}
