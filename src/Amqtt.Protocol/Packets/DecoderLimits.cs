namespace Amqtt.Protocol.Packets;

/// <summary>How much of what a packet may hold in any number is turned into objects. Beyond: <see cref="ReasonCode.PacketTooLarge"/>.</summary>
public sealed record DecoderLimits
{
    /// <summary>No limit but the size of the packet.</summary>
    public static DecoderLimits Unlimited { get; } = new();

    /// <summary>User properties per property block; a will has a block of its own.</summary>
    public int MaxUserProperties { get; init; } = int.MaxValue;

    /// <summary>Bytes of all names and values of user properties per property block.</summary>
    public int MaxUserPropertyBytes { get; init; } = int.MaxValue;

    /// <summary>Filters per SUBSCRIBE or UNSUBSCRIBE.</summary>
    public int MaxFilters { get; init; } = int.MaxValue;
}
