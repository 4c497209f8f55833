using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
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
        if (edits.Text is null && edits.UserProperties.Count == 0) connection.Acknowledge(type, packetId, edits.Reason);
        else connection.Acknowledge(type, packetId, edits.Reason, edits.Text, edits.UserProperties);
    }
}
