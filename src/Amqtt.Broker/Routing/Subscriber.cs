namespace Amqtt.Broker.Routing;

/// <summary>
/// Whoever a subscription belongs to, as far as routing needs to know. Sessions derive from it; routing knows no session.
/// Compared by reference. All members may be read on any thread.
/// </summary>
internal abstract class Subscriber
{
    /// <summary>Index of the event loop that owns the subscriber, from 0; constant for its life.</summary>
    public abstract int Loop { get; }

    /// <summary>The client id.</summary>
    public abstract string ClientId { get; }

    /// <summary>Whether a client is connected now. A hint: it may be outdated when it is read on another loop.</summary>
    public abstract bool IsOnline { get; }

    /// <summary>Whether earlier messages still wait for the client: others of a shared group go first. A hint, as above.</summary>
    public virtual bool IsBusy => false;

    /// <summary>Whether it belongs to the broker or a plugin, and so gets what clients publish below <c>$</c> (P-C15).</summary>
    public virtual bool IsInternal => false;

    /// <summary>
    /// Takes a message that matched: sends, queues or drops it. Called on the subscriber's own loop only; the publication is valid
    /// during the call.
    /// </summary>
    public abstract void Deliver(ref Publication publication, in Target target);

    /// <summary>The same for a message that another member of a shared group could not take; <paramref name="others"/> may still be asked after this one.</summary>
    public virtual void DeliverInstead(ref Publication publication, Subscription member, OtherMembers others) => Deliver(ref publication, new Target(member, others: null));
}
