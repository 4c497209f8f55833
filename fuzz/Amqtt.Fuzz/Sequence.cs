using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Fuzz;

/// <summary>
/// Three clients that do what bytes say: each step is a byte with its kind and whose it is, and as many for details as the kind needs. All packets are valid; what is odd is their order,
/// and what lies between them: a takeover, a reset, time, an operation of the host, a client that does not read.
/// </summary>
internal sealed class Sequence(Arena arena, byte[] input) : IAsyncDisposable
{
    private const int MostSteps = 64;

    private static readonly string[] Topics = ["a", "a/b", "a/b/c", "b", "$x", "a//b", "/", "é"];
    private static readonly string[] Filters = ["#", "a/#", "+/b", "a", "a/b", "+", "$share/g/a/#", "$share/g/#", "$share/h/a", "$share/g/a/b", "b", "$x"];
    private static readonly ReasonCode[] Reasons = [ReasonCode.Success, ReasonCode.UnspecifiedError, ReasonCode.QuotaExceeded, ReasonCode.DisconnectWithWillMessage];
    private static readonly int[] Sizes = [0, 0, 8, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128, 1000, 50_000, 250_000];
    private static readonly uint[] Seconds = [0, 1, 3, uint.MaxValue];
    private static readonly ushort[] Bounds = [0, 1, 2, 60];

    private readonly Peer?[] _peers = new Peer?[3];
    private int _at;

    public async Task RunAsync()
    {
        for (int step = 0; step < MostSteps && _at < input.Length; step++)
        {
            byte kind = Next();
            int who = (kind >> 4) % _peers.Length;
            if (_peers[who] is { HasEnded: false } peer) await StepAsync(peer, who, kind & 0x0F);
            else await ConnectAsync(who);
            await arena.SettleAsync();
            foreach (Peer? each in _peers) each?.Receive();
        }

        foreach (Peer? peer in _peers)
        {
            if (peer is not null) await peer.EndAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Peer? peer in _peers)
        {
            if (peer is not null) await peer.DisposeAsync();
        }
    }

    private async Task StepAsync(Peer peer, int who, int kind)
    {
        switch (kind)
        {
            case 0:
                await ConnectAsync(who);
                break;
            case 1 or 2:
                await peer.SendAsync(Subscribe());
                break;
            case 3:
                await peer.SendAsync(new UnsubscribePacket { PacketId = Id(), Filters = [Filters[Next() % Filters.Length]] });
                break;
            case 4 or 5 or 6:
                await peer.SendAsync(Publish());
                break;
            case 7 or 8:
                await AnswerAsync(peer);
                break;
            case 9:
                peer.Output!.Guesses |= !peer.IsReading;
                await peer.SendAsync(Acknowledge());
                break;
            case 10:
                await peer.SendAsync(new PubRelPacket { PacketId = Id() });
                break;
            case 11:
                await peer.SendAsync(Disconnect());
                break;
            case 12:
                peer.Leave(reset: (Next() & 1) != 0);
                break;
            case 13:
                await arena.PassAsync(TimeSpan.FromSeconds(Seconds[Next() % 3] + 0.25));
                break;
            case 14:
                await peer.SendAsync(PingReqPacket.Instance);
                break;
            default:
                await OddAsync(peer);
                break;
        }
    }

    private async Task OddAsync(Peer peer)
    {
        byte choice = Next();
        switch (choice & 3)
        {
            case 0:
                peer.Output!.IsForeseen = false;
                await peer.SendAsync(input.AsMemory(_at, Math.Min(choice >> 3, input.Length - _at)));
                break;
            case 1:
                peer.IsReading = !peer.IsReading;
                break;
            default:
                await OperateAsync(arena.Operations, arena.ClientIds[(choice >> 2) % 3], choice >> 4);
                break;
        }
    }

    /// <summary>What a plugin or the host does to a client.</summary>
    private async Task OperateAsync(IBroker broker, string clientId, int operation)
    {
        byte choice = Next();
        string filter = Filters[(choice & 0x0F) % Filters.Length];
        switch (operation % 6)
        {
            case 0:
                await broker.DisconnectAsync(clientId, new DisconnectOptions { SendWill = (choice & 1) != 0 });
                break;
            case 1:
                await broker.DeleteSessionAsync(clientId, sendWill: (choice & 1) != 0);
                break;
            case 2:
                await broker.SubscribeAsync(clientId, filter, new() { QoS = (QoS)((choice >> 4) % 3) });
                break;
            case 3:
                await broker.UnsubscribeAsync(clientId, filter);
                break;
            case 4:
                await broker.CreateSessionAsync(clientId, new NewSessionOptions { Expiry = TimeSpan.FromSeconds(choice & 3) });
                break;
            default:
                await broker.PublishAsync(
                    new BrokerMessage { Topic = Topics[choice & 7], QoS = (QoS)((choice >> 3) % 3), Retain = (choice & 0x20) != 0, Payload = new byte[choice >> 6] },
                    new PublishOptions { ToClient = (choice & 0x40) != 0 ? clientId : null });
                break;
        }
    }

    private async Task ConnectAsync(int who)
    {
        byte first = Next(), second = Next(), third = Next();
        ProtocolVersion version = (first & 3) switch { 0 => ProtocolVersion.V311, 1 => ProtocolVersion.V31, _ => ProtocolVersion.V5 };
        var connect = new ConnectPacket
        {
            Version = version,
            CleanStart = (first & 4) != 0,
            ClientId = ((first >> 4) & 3) is var id && id < 3 ? arena.ClientIds[id] : "",
            KeepAlive = (ushort)((first & 0x40) != 0 ? 4 : 0),
            Will = (first & 8) == 0 ? null : new WillMessage
            {
                Topic = Topics[second & 7],
                QoS = (QoS)((second >> 3) % 3),
                Retain = (second & 0x40) != 0,
                Properties = new MqttProperties { WillDelayInterval = Seconds[(third >> 2) & 3] },
            },
            Properties = version != ProtocolVersion.V5 ? MqttProperties.Empty : new MqttProperties
            {
                SessionExpiryInterval = Seconds[third & 3],
                ReceiveMaximum = Bounds[(third >> 4) & 3] is > 0 and var most ? most : null,
                MaximumPacketSize = (third >> 6) == 0 ? null : (uint)(20 << (third >> 6)),
                TopicAliasMaximum = Bounds[second >> 6],
            },
        };
        if (_peers[who] is { } before) await before.DisposeAsync(); // its connection ends while the new one begins
        Peer peer = _peers[who] = await arena.OpenAsync(new OutputCheck(connect));
        await peer.SendAsync(connect);
    }

    private SubscribePacket Subscribe()
    {
        byte choice = Next(), options = Next();
        string filter = Filters[(choice & 0x0F) % Filters.Length];
        return new SubscribePacket
        {
            PacketId = Id(),
            Properties = new MqttProperties { SubscriptionIdentifiers = choice < 0x80 ? [] : [(uint)(choice & 0x0F) + 1] },
            Subscriptions =
            [
                new(filter, new()
                {
                    QoS = (QoS)((options & 3) % 3),
                    NoLocal = (options & 4) != 0 && filter[0] != '$',
                    RetainAsPublished = (options & 8) != 0,
                    RetainHandling = (RetainHandling)(((options >> 4) & 3) % 3),
                }),
            ],
        };
    }

    private PublishPacket Publish()
    {
        byte choice = Next(), more = Next();
        var qos = (QoS)((choice >> 3) % 3);
        ushort alias = (ushort)(more & 3);
        return new PublishPacket
        {
            Topic = alias > 0 && (more & 4) != 0 ? "" : Topics[choice & 7],
            QoS = qos,
            PacketId = qos == QoS.AtMostOnce ? (ushort)0 : Id(),
            Retain = (choice & 0x20) != 0,
            Dup = (choice & 0x40) != 0 && qos != QoS.AtMostOnce,
            Payload = new byte[Sizes[more >> 4]],
            Properties = new MqttProperties { TopicAlias = alias > 0 ? alias : null, MessageExpiryInterval = (more & 8) != 0 ? 2u : null },
        };
    }

    /// <summary>The answer that is due to the oldest message.</summary>
    private async Task AnswerAsync(Peer peer)
    {
        if (!peer.Output!.Unanswered.TryDequeue(out MqttPacket? oldest)) return;
        await peer.SendAsync(oldest switch
        {
            PublishPacket { QoS: QoS.AtLeastOnce } publish => new PubAckPacket { PacketId = publish.PacketId },
            PublishPacket publish => new PubRecPacket { PacketId = publish.PacketId },
            _ => new PubCompPacket { PacketId = ((AckPacket)oldest).PacketId },
        });
    }

    /// <summary>An answer that may not be due at all.</summary>
    private AckPacket Acknowledge()
    {
        byte choice = Next();
        ReasonCode reason = Reasons[(choice >> 2) % 3];
        return (choice & 3) switch
        {
            0 => new PubAckPacket { PacketId = Id(), Reason = reason },
            1 => new PubCompPacket { PacketId = Id() },
            _ => new PubRecPacket { PacketId = Id(), Reason = reason },
        };
    }

    private DisconnectPacket Disconnect()
    {
        byte choice = Next();
        return new DisconnectPacket
        {
            Reason = Reasons[choice & 3],
            Properties = new MqttProperties { SessionExpiryInterval = (choice & 4) == 0 ? null : Seconds[(choice >> 3) & 3] },
        };
    }

    private ushort Id() => (ushort)((Next() & 3) + 1);

    private byte Next() => _at < input.Length ? input[_at++] : (byte)0;
}
