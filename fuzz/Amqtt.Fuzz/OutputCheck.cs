using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Fuzz;

/// <summary>
/// What the broker sends on one connection is what its version allows: packets that can be read, within the bounds of the CONNECT, identifiers that are free, and answers in the order of the questions.
/// </summary>
internal sealed class OutputCheck(ConnectPacket connect)
{
    private readonly List<byte> _unread = [];
    private readonly Dictionary<ushort, PacketType> _inFlight = []; // and what the broker waits for
    private readonly HashSet<ushort> _invented = []; // PUBREC for what was never sent
    private readonly Queue<(PacketType Type, ushort Id, int Count)> _owed = new();
    private readonly HashSet<ushort> _aliases = [];
    private readonly List<string> _packets = [];
    private bool _isOver;

    /// <summary>The version of the connection.</summary>
    public ProtocolVersion Version => connect.Version;

    /// <summary>Whether the client has been accepted.</summary>
    public bool IsAccepted { get; private set; }

    /// <summary>Whether only packets have been sent, so that every answer is foreseen.</summary>
    public bool IsForeseen { get; set; } = true;

    /// <summary>Whether the client has acknowledged what it may not have seen yet, so that nobody knows what it has in flight.</summary>
    public bool Guesses { get; set; }

    /// <summary>Whether an answer is missing.</summary>
    public bool IsOwed => IsForeseen && IsAccepted && !_isOver && _owed.Count > 0;

    /// <summary>What has come, as text.</summary>
    public IReadOnlyList<string> Packets => _packets;

    /// <summary>PUBLISH and PUBREL that the client has not answered, oldest first.</summary>
    public Queue<MqttPacket> Unanswered { get; } = new();

    /// <summary>The client is about to send a packet.</summary>
    public void Sending(MqttPacket packet)
    {
        switch (packet)
        {
            case PublishPacket { QoS: QoS.AtLeastOnce } publish:
                _owed.Enqueue((PacketType.PubAck, publish.PacketId, 0));
                break;
            case PublishPacket { QoS: QoS.ExactlyOnce } publish:
                _owed.Enqueue((PacketType.PubRec, publish.PacketId, 0));
                break;
            case PubRelPacket release:
                _owed.Enqueue((PacketType.PubComp, release.PacketId, 0));
                break;
            case SubscribePacket subscribe:
                _owed.Enqueue((PacketType.SubAck, subscribe.PacketId, subscribe.Subscriptions.Count));
                break;
            case UnsubscribePacket unsubscribe:
                _owed.Enqueue((PacketType.UnsubAck, unsubscribe.PacketId, Version == ProtocolVersion.V5 ? unsubscribe.Filters.Count : 0));
                break;
            case PingReqPacket:
                _owed.Enqueue((PacketType.PingResp, 0, 0));
                break;
            case DisconnectPacket:
                IsForeseen = false; // nothing is answered behind it
                break;
            case AckPacket ack:
                Acknowledging(ack);
                break;
        }
    }

    /// <summary>The broker has sent this.</summary>
    public void Received(ReadOnlySpan<byte> bytes)
    {
        _unread.AddRange(bytes);
        byte[] unread = [.. _unread];
        int at = 0;
        while (FrameHeader.TryRead(unread.AsSpan(at), int.MaxValue, out FrameHeader header) && unread.Length - at >= header.TotalLength)
        {
            ReadOnlySpan<byte> body = unread.AsSpan(at + header.HeaderLength, header.RemainingLength);
            Check(PacketCodec.Decode(Version, header.FirstByte, body, PacketSender.Server), header.TotalLength);
            at += header.TotalLength;
        }

        _unread.RemoveRange(0, at);
    }

    /// <summary>The connection is there and has had time, and not everything is answered.</summary>
    public void ThrowIfOwed()
    {
        if (IsOwed) Wrong($"{_owed.Peek()} is owed and does not come");
    }

    private void Acknowledging(AckPacket ack)
    {
        PacketType awaited = _inFlight.GetValueOrDefault(ack.PacketId);
        if (ack.Type == PacketType.PubRec && !ack.Reason.IsError() && awaited is PacketType.PubRec or PacketType.PubComp) _inFlight[ack.PacketId] = PacketType.PubComp;
        else if (ack.Type == PacketType.PubRec && awaited == PacketType.Reserved) _invented.Add(ack.PacketId);
        else if (ack.Type == awaited) _inFlight.Remove(ack.PacketId);
    }

    private void Check(MqttPacket packet, int length)
    {
        _packets.Add(packet is ConnAckPacket answer ? $"{answer.Reason} {answer.SessionPresent}" : $"{packet}"); // an assigned client id is always another
        if (_isOver) Wrong($"{packet} comes after the last packet");
        if (length > (connect.Properties.MaximumPacketSize ?? uint.MaxValue)) Wrong($"{packet} has {length} bytes"); // [MQTT-3.1.2-24]
        if (IsAccepted == packet is ConnAckPacket) Wrong($"{packet} comes {(IsAccepted ? "again" : "before CONNACK")}"); // [MQTT-3.2.0-1, MQTT-3.2.0-2]
        switch (packet)
        {
            case ConnAckPacket connAck:
                IsAccepted = connAck.Reason == ReasonCode.Success;
                _isOver = !IsAccepted;
                break;
            case DisconnectPacket:
                _isOver = true;
                break;
            case PublishPacket publish:
                Check(publish);
                break;
            case PubRelPacket release:
                if (!_invented.Contains(release.PacketId)) _inFlight[release.PacketId] = PacketType.PubComp;
                Unanswered.Enqueue(release);
                break;
            case AckPacket ack:
                Answered(ack, ack.PacketId, 0);
                break;
            case SubAckPacket subAck:
                Answered(subAck, subAck.PacketId, subAck.Reasons.Count);
                break;
            case UnsubAckPacket unsubAck:
                Answered(unsubAck, unsubAck.PacketId, unsubAck.Reasons.Count);
                break;
            case PingRespPacket pong:
                Answered(pong, 0, 0);
                break;
        }
    }

    private void Check(PublishPacket publish)
    {
        if (publish.Properties.TopicAlias is { } alias && (alias > (connect.Properties.TopicAliasMaximum ?? 0) || (publish.Topic.Length == 0 && !_aliases.Contains(alias))))
            Wrong($"{publish} has an alias that the client does not know"); // [MQTT-3.1.2-26]
        if (publish.Properties.TopicAlias is { } known) _aliases.Add(known);
        if (publish.QoS == QoS.AtMostOnce) return;
        Unanswered.Enqueue(publish);
        if (!IsForeseen || Guesses) return;
        if (!_inFlight.TryAdd(publish.PacketId, publish.QoS == QoS.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec)) Wrong($"{publish} has an identifier in use"); // [MQTT-2.2.1-4]
        if (_inFlight.Count > (connect.Properties.ReceiveMaximum ?? ushort.MaxValue)) Wrong($"{publish} is beyond Receive Maximum"); // [MQTT-3.3.4-9]
    }

    private void Answered(MqttPacket packet, ushort id, int count)
    {
        if (!IsForeseen) return;
        if (!_owed.TryDequeue(out (PacketType Type, ushort Id, int Count) owed) || owed != (packet.Type, id, count)) Wrong($"{packet} comes where {owed} is owed");
    }

    private void Wrong(string what) => throw new InvalidOperationException($"{what} (of a {Version} client, after: {string.Join("; ", _packets)})");
}
