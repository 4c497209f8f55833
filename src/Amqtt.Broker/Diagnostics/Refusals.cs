using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Broker.Diagnostics;

/// <summary>How often each <see cref="Refusal"/> has happened on one listener. Any thread.</summary>
internal sealed class Refusals(string listener)
{
    /// <summary>The labels, by reason.</summary>
    public static readonly IReadOnlyList<string> Labels = Array.ConvertAll(Enum.GetNames<Refusal>(), KeyNames.Snake);

    private readonly long[] _counts = new long[Labels.Count];

    /// <summary>The listener's name.</summary>
    public string Listener => listener;

    /// <summary>How often it has happened.</summary>
    public long this[Refusal refusal] => Volatile.Read(ref _counts[(int)refusal]);

    /// <summary>Counts one.</summary>
    public void Count(Refusal refusal) => Interlocked.Increment(ref _counts[(int)refusal]);

    /// <summary>What a packet of a connected client counts as, where its code does not say it: that of a packet as a whole is also that of its user properties.</summary>
    public static Refusal? Of(CodecException wrong, bool isTooLarge) =>
        wrong.Reason == ReasonCode.PacketTooLarge && !isTooLarge ? Refusal.MaxUserProperties : null;

    /// <summary>What a CONNECT that is none counts as.</summary>
    public static Refusal OfConnect(CodecException wrong) =>
        Of(wrong, isTooLarge: false) ?? (wrong is UnsupportedProtocolVersionException ? Refusal.UnsupportedProtocolVersion : Refusal.MalformedConnect);

    /// <summary>What the end of a connected client's connection counts as; null for what is nobody's doing.</summary>
    public static Refusal? Of(DisconnectCause cause, ReasonCode? reason) => cause switch
    {
        DisconnectCause.KeepAliveTimeout => Refusal.KeepAliveTimeout,
        DisconnectCause.SessionTakenOver => Refusal.SessionTakenOver,
        DisconnectCause.Administrative => Refusal.Administrative,
        DisconnectCause.PluginFault => Refusal.PluginFault,
        DisconnectCause.ProtocolError or DisconnectCause.LimitExceeded => reason switch
        {
            ReasonCode.MalformedPacket => Refusal.MalformedPacket,
            ReasonCode.PacketTooLarge => Refusal.MaxPacketSize,
            ReasonCode.ReceiveMaximumExceeded => Refusal.ReceiveMaximum,
            ReasonCode.TopicAliasInvalid => Refusal.TopicAliasMaximum,
            ReasonCode.TopicNameInvalid => Refusal.MaxTopicLength,
            ReasonCode.QoSNotSupported => Refusal.MaxQos,
            ReasonCode.RetainNotSupported => Refusal.RetainAvailable,
            ReasonCode.WildcardSubscriptionsNotSupported => Refusal.WildcardAvailable,
            ReasonCode.SharedSubscriptionsNotSupported => Refusal.SharedAvailable,
            ReasonCode.SubscriptionIdentifiersNotSupported => Refusal.SubscriptionIdsAvailable,
            ReasonCode.QuotaExceeded => Refusal.QueueOverflow,
            ReasonCode.ImplementationSpecificError => Refusal.InternalError,
            _ => Refusal.ProtocolError,
        },
        _ => null,
    };
}
