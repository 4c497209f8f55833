using Amqtt.Protocol.Packets;
using CsCheck;

namespace Amqtt.Protocol.Tests.Support;

/// <summary>Generates packets of every type that a connection of the given version can carry.</summary>
internal static class PacketGen
{
    private static readonly Gen<ushort> PacketId = Gen.UShort[1, ushort.MaxValue];
    private static readonly Gen<QoS> QoS = Gen.Enum<QoS>();

    public static Gen<(ProtocolVersion Version, MqttPacket Packet)> Any { get; } =
        Gen.Enum<ProtocolVersion>().SelectMany(version => Gen.OneOf<MqttPacket>(Of(version)).Select(packet => (version, packet)));

    /// <summary>One generator per packet type.</summary>
    public static Gen<MqttPacket>[] Of(ProtocolVersion version)
    {
        var v5 = version == ProtocolVersion.V5;
        List<Gen<MqttPacket>> all =
        [
            Connect(version),
            Gen.Select(Gen.Bool, Reason(v5, v5 ? ReasonSets.ConnAck : [ReasonCode.Success, ReasonCode.UnsupportedProtocolVersion, ReasonCode.NotAuthorized], true), Properties(v5, PropertiesGen.ConnAck),
                MqttPacket (present, reason, p) => new ConnAckPacket { SessionPresent = present && reason == ReasonCode.Success && version != ProtocolVersion.V31, Reason = reason, Properties = p }),
            Publish(v5),
            Ack(v5, ReasonSets.PubAck, (id, reason, p) => new PubAckPacket { PacketId = id, Reason = reason, Properties = p }),
            Ack(v5, ReasonSets.PubAck, (id, reason, p) => new PubRecPacket { PacketId = id, Reason = reason, Properties = p }),
            Ack(v5, ReasonSets.PubRel, (id, reason, p) => new PubRelPacket { PacketId = id, Reason = reason, Properties = p }),
            Ack(v5, ReasonSets.PubRel, (id, reason, p) => new PubCompPacket { PacketId = id, Reason = reason, Properties = p }),
            Gen.Select(PacketId, Request(v5).List[1, 5], Properties(v5, PropertiesGen.Subscribe),
                MqttPacket (id, requests, p) => new SubscribePacket { PacketId = id, Subscriptions = requests, Properties = p }),
            Gen.Select(PacketId, Gen.OneOf<ReasonCode>(v5 ? [.. ReasonSets.SubAck] : [ReasonCode.Success, ReasonCode.GrantedQoS1, ReasonCode.GrantedQoS2, ReasonCode.UnspecifiedError]).List[1, 5], Properties(v5, PropertiesGen.Acks),
                MqttPacket (id, reasons, p) => new SubAckPacket { PacketId = id, Reasons = reasons, Properties = p }),
            Gen.Select(PacketId, TextGen.Filter.List[1, 5], Properties(v5, PropertiesGen.Unsubscribe),
                MqttPacket (id, filters, p) => new UnsubscribePacket { PacketId = id, Filters = filters, Properties = p }),
            Gen.Select(PacketId, v5 ? Gen.OneOf([.. ReasonSets.UnsubAck]).List[1, 5] : Gen.Const(new List<ReasonCode>()), Properties(v5, PropertiesGen.Acks),
                MqttPacket (id, reasons, p) => new UnsubAckPacket { PacketId = id, Reasons = reasons, Properties = p }),
            Gen.Const<MqttPacket>(new PingReqPacket()),
            Gen.Const<MqttPacket>(new PingRespPacket()),
            Gen.Select(Reason(v5, [.. ReasonSets.DisconnectOfClient, .. ReasonSets.DisconnectOfServer]), Properties(v5, PropertiesGen.Disconnect),
                MqttPacket (reason, p) => new DisconnectPacket { Reason = reason, Properties = p }),
        ];
        if (v5)
        {
            all.Add(Gen.Select(Reason(true, [.. ReasonSets.AuthOfClient, .. ReasonSets.AuthOfServer]), PropertiesGen.Auth,
                MqttPacket (reason, p) => new AuthPacket { Reason = reason, Properties = p }));
        }

        return [.. all];
    }

    private static Gen<MqttPacket> Connect(ProtocolVersion version)
    {
        var v5 = version == ProtocolVersion.V5;
        var will = Gen.Select(TextGen.TopicName, TextGen.Data, QoS, Gen.Bool, Properties(v5, PropertiesGen.Will),
            (topic, payload, qos, retain, p) => new WillMessage { Topic = topic, Payload = payload, QoS = qos, Retain = retain, Properties = p });
        return Gen.Select(
            Gen.Select(TextGen.Text, TextGen.Text, TextGen.Data, will),
            Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool),
            Gen.UShort,
            Properties(v5, PropertiesGen.Connect),
            MqttPacket (values, flags, keepAlive, p) => new ConnectPacket
            {
                Version = version,
                IsBridge = flags.Item5 && !v5,
                ClientId = values.Item1,
                CleanStart = flags.Item1,
                KeepAlive = keepAlive,
                UserName = flags.Item2 ? values.Item2 : null,
                Password = flags.Item3 && (v5 || flags.Item2) ? values.Item3 : default(ReadOnlyMemory<byte>?),
                Will = flags.Item4 ? values.Item4 : null,
                Properties = p,
            });
    }

    private static Gen<MqttPacket> Publish(bool v5) => Gen.Select(
        Gen.Select(TextGen.TopicName, Gen.Byte.Array[0, 300]), QoS, Gen.Bool, Gen.Bool, PacketId, Properties(v5, PropertiesGen.Publish),
        MqttPacket (message, qos, retain, dup, id, p) => new PublishPacket
        {
            Topic = p.TopicAlias is not null && retain ? "" : message.Item1,
            Payload = message.Item2,
            QoS = qos,
            Retain = retain,
            Dup = dup,
            PacketId = qos == Protocol.QoS.AtMostOnce ? (ushort)0 : id,
            Properties = p,
        });

    private static Gen<MqttPacket> Ack(bool v5, IReadOnlyList<ReasonCode> reasons, Func<ushort, ReasonCode, MqttProperties, MqttPacket> create) =>
        Gen.Select(PacketId, Reason(v5, reasons), Properties(v5, PropertiesGen.Acks), create);

    private static Gen<SubscriptionRequest> Request(bool v5) => Gen.Select(TextGen.Filter, QoS, Gen.Bool, Gen.Bool, Gen.Enum<RetainHandling>(),
        (filter, qos, noLocal, asPublished, handling) => new SubscriptionRequest(filter, v5
            ? new SubscriptionOptions { QoS = qos, NoLocal = noLocal, RetainAsPublished = asPublished, RetainHandling = handling }
            : new SubscriptionOptions { QoS = qos }));

    /// <summary>A reason is on the wire only in 5.0, but for CONNACK.</summary>
    private static Gen<ReasonCode> Reason(bool v5, IReadOnlyList<ReasonCode> reasons, bool always = false) =>
        v5 || always ? Gen.OneOf([.. reasons]) : Gen.Const(ReasonCode.Success);

    private static Gen<MqttProperties> Properties(bool v5, Gen<MqttProperties> properties) => v5 ? properties : Gen.Const(MqttProperties.Empty);
}
