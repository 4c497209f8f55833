using System.Text;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Testing;

/// <summary>Whole exchanges. Packets that belong to something else and come in between are set aside for later receives.</summary>
public sealed partial class WireClient
{
    private ushort _lastPacketId;

    /// <summary>A packet identifier that this client has not used lately.</summary>
    public ushort NextPacketId() => _lastPacketId = (ushort)(_lastPacketId % ushort.MaxValue + 1);

    /// <summary>Sends CONNECT; the answer must be CONNACK with the expected outcome.</summary>
    public async Task<ConnAckPacket> ConnectAsync(string clientId = "", ProtocolVersion version = ProtocolVersion.V311, bool cleanStart = true,
        ushort keepAlive = 0, string? userName = null, string? password = null, WillMessage? will = null, MqttProperties? properties = null,
        ReasonCode expected = ReasonCode.Success)
    {
        await SendAsync(new ConnectPacket
        {
            Version = version,
            ClientId = clientId,
            CleanStart = cleanStart,
            KeepAlive = keepAlive,
            UserName = userName,
            Password = password is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(password),
            Will = will,
            Properties = properties ?? MqttProperties.Empty,
        });
        var answer = await ReceiveAsync<ConnAckPacket>();
        return answer.Reason == expected ? answer : throw Failure($"Expected CONNACK with {expected}, but this came: {answer}");
    }

    /// <summary>Subscribes to one filter; it must be granted.</summary>
    public Task<SubAckPacket> SubscribeAsync(string filter, QoS qos = QoS.AtMostOnce) =>
        SubscribeAsync(new SubscriptionRequest(filter, new() { QoS = qos }));

    /// <summary>Subscribes; every filter must be granted.</summary>
    public async Task<SubAckPacket> SubscribeAsync(params SubscriptionRequest[] subscriptions)
    {
        var id = NextPacketId();
        await SendAsync(new SubscribePacket { PacketId = id, Subscriptions = subscriptions });
        var answer = await WaitForAsync<SubAckPacket>("SUBACK", ack => ack.PacketId == id);
        return answer.Reasons.Count == subscriptions.Length && answer.Reasons.All(reason => (byte)reason < 0x80)
            ? answer
            : throw Failure($"Expected every filter to be granted, but this came: {answer}");
    }

    /// <summary>Unsubscribes and waits for the answer, whatever it says.</summary>
    public async Task<UnsubAckPacket> UnsubscribeAsync(params string[] filters)
    {
        var id = NextPacketId();
        await SendAsync(new UnsubscribePacket { PacketId = id, Filters = filters });
        return await WaitForAsync<UnsubAckPacket>("UNSUBACK", ack => ack.PacketId == id);
    }

    /// <summary>Publishes text and waits until the QoS's exchange is over.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, QoS, bool, MqttProperties?)"/>
    public Task<ReasonCode> PublishAsync(string topic, string payload, QoS qos = QoS.AtMostOnce, bool retain = false, MqttProperties? properties = null) =>
        PublishAsync(topic, Encoding.UTF8.GetBytes(payload), qos, retain, properties);

    /// <summary>Publishes and waits until the QoS's exchange is over.</summary>
    /// <returns>The reason of PUBACK, PUBCOMP or a refusing PUBREC; for QoS 0 success, once the bytes are sent.</returns>
    public async Task<ReasonCode> PublishAsync(string topic, ReadOnlyMemory<byte> payload, QoS qos = QoS.AtMostOnce, bool retain = false,
        MqttProperties? properties = null)
    {
        var id = qos == QoS.AtMostOnce ? (ushort)0 : NextPacketId();
        await SendAsync(new PublishPacket
        {
            Topic = topic,
            Payload = payload,
            QoS = qos,
            Retain = retain,
            PacketId = id,
            Properties = properties ?? MqttProperties.Empty,
        });
        switch (qos)
        {
            case QoS.AtMostOnce:
                return ReasonCode.Success;
            case QoS.AtLeastOnce:
                return (await WaitForAsync<PubAckPacket>("PUBACK", ack => ack.PacketId == id)).Reason;
        }

        var received = await WaitForAsync<PubRecPacket>("PUBREC", ack => ack.PacketId == id);
        if ((byte)received.Reason >= 0x80)
            return received.Reason;
        await SendAsync(new PubRelPacket { PacketId = id });
        return (await WaitForAsync<PubCompPacket>("PUBCOMP", ack => ack.PacketId == id)).Reason;
    }

    /// <summary>The next packet must be a PUBLISH; it is acknowledged to the end of its QoS's exchange.</summary>
    public async Task<PublishPacket> ReceivePublishAsync()
    {
        var message = await ReceiveAsync<PublishPacket>();
        switch (message.QoS)
        {
            case QoS.AtLeastOnce:
                await SendAsync(new PubAckPacket { PacketId = message.PacketId });
                break;
            case QoS.ExactlyOnce:
                await SendAsync(new PubRecPacket { PacketId = message.PacketId });
                await WaitForAsync<PubRelPacket>("PUBREL", ack => ack.PacketId == message.PacketId);
                await SendAsync(new PubCompPacket { PacketId = message.PacketId });
                break;
        }

        return message;
    }

    /// <summary>The next packet must be a PUBLISH to this topic with this text; it is acknowledged.</summary>
    public async Task<PublishPacket> ExpectPublishAsync(string topic, string payload)
    {
        var message = await ReceivePublishAsync();
        return message.Topic == topic && message.Payload.Span.SequenceEqual(Encoding.UTF8.GetBytes(payload))
            ? message
            : throw Failure($"Expected a PUBLISH to {topic} with \"{payload}\", but this came: {message} [{Hex.Format(message.Payload.Span)}]");
    }

    /// <summary>Sends PINGREQ and waits for the answer; the other side has dealt with everything that was sent before.</summary>
    public async Task PingAsync()
    {
        await SendAsync(PingReqPacket.Instance);
        await WaitForAsync<PingRespPacket>("PINGRESP", static _ => true);
    }

    /// <summary>Sends DISCONNECT; the other side must close.</summary>
    public async Task DisconnectAsync(ReasonCode reason = ReasonCode.Success, MqttProperties? properties = null)
    {
        await SendAsync(new DisconnectPacket { Reason = reason, Properties = properties ?? MqttProperties.Empty });
        await ExpectClosedAsync();
    }
}
