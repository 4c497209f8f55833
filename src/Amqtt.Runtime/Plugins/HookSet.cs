using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>A set of hooks.</summary>
internal readonly record struct HookSet
{
    private readonly ulong _bits;

    private HookSet(ulong bits) => _bits = bits;

    public bool Contains(Hook hook) => (_bits & Bit(hook)) != 0;

    /// <summary>Whether one of them answers on the way of a packet, and so may be called on an event loop.</summary>
    public bool HasAnswers => (_bits & (Bit(Hook.ClientConnecting) - Bit(Hook.FilterTopic))) != 0;

    public HookSet With(Hook hook) => new(_bits | Bit(hook));

    public HookSet Without(Hook hook) => new(_bits & ~Bit(hook));

    private static ulong Bit(Hook hook) => 1UL << (int)hook;
}
