using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <summary>The answers to a client's messages, past the plugins that transform them. Whatever becomes of those, the client is answered. On the connection's loop.</summary>
internal sealed class Acknowledgements(Connection connection)
{
    /// <summary>Appends PUBACK, PUBREC or PUBCOMP; completed at once unless a plugin waits. After the connection's end it does nothing.</summary>
    public ValueTask SendAsync(PacketType type, ushort packetId, ReasonCode reason, string? text = null)
    {
        HookTable hooks = connection.Broker.Hooks;
        Session session = connection.Session!;
        if (hooks.OnAcknowledge.IsEmpty || !hooks.OnAcknowledge.Applies(session.ScopeIn(hooks.Scopes)))
        {
            Send(type, packetId, new AcknowledgeEdits { Reason = reason, Text = text, UserProperties = [] });
            return ValueTask.CompletedTask;
        }

        AcknowledgeDraft draft = connection.Shard.Drafts.RentAcknowledgement();
        draft.Begin(session, type, packetId, reason, text);
        ValueTask<AcknowledgeDraft> pending = hooks.OnAcknowledge.RunAsync(draft, session.ScopeIn(hooks.Scopes));
        if (!pending.IsCompletedSuccessfully) return SendLaterAsync(pending);
        Finish(pending.GetAwaiter().GetResult());
        return ValueTask.CompletedTask;
    }

    private async ValueTask SendLaterAsync(ValueTask<AcknowledgeDraft> pending) => Finish(await pending.On(connection.Shard.Loop));

    private void Finish(AcknowledgeDraft draft)
    {
        Send(draft.Packet, draft.PacketId, draft.Edits);
        connection.Shard.Drafts.Return(draft);
    }

    private void Send(PacketType type, ushort packetId, in AcknowledgeEdits edits)
    {
        if (connection.HasEnded) return;
        bool saysMore = connection.Version == ProtocolVersion.V5 && (edits.Text is not null || edits.UserProperties.Count > 0);
        // What the client does not take for its size is said in short.
        if (!saysMore || !connection.TrySend(Packet(type, packetId, edits))) connection.Acknowledge(type, packetId, edits.Reason);
    }

    private static AckPacket Packet(PacketType type, ushort packetId, in AcknowledgeEdits edits)
    {
        var more = new MqttProperties { ReasonString = edits.Text, UserProperties = edits.UserProperties };
        return type switch
        {
            PacketType.PubAck => new PubAckPacket { PacketId = packetId, Reason = edits.Reason, Properties = more },
            PacketType.PubRec => new PubRecPacket { PacketId = packetId, Reason = edits.Reason, Properties = more },
            _ => new PubCompPacket { PacketId = packetId, Reason = edits.Reason, Properties = more },
        };
    }
}
