namespace Amqtt.Broker.Routing;

/// <summary>Something that knows its place in a <see cref="SlotBag{T}"/>, so that taking it out needs no search.</summary>
internal interface ISlotted
{
    /// <summary>The place; the bag's business, read and written only by its writer.</summary>
    int Slot { get; set; }
}
