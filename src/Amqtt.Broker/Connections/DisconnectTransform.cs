using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <summary>A client's DISCONNECT past the plugins that transform it. The result comes on the connection's loop.</summary>
internal static class DisconnectTransform
{
    /// <summary>What it comes to. Whatever becomes of the plugins, the client is gone.</summary>
    public static async ValueTask<DisconnectEdits> RunAsync(Connection connection, DisconnectPacket disconnect, DisconnectEdits edits)
    {
        HookTable hooks = connection.Broker.Hooks;
        if (hooks.OnDisconnect.IsEmpty) return edits;
        var draft = new DisconnectDraft(connection.Session!, disconnect, edits);
        draft = await hooks.OnDisconnect.RunAsync(draft, connection.Session!.ScopeIn(hooks.Scopes)).On(connection.Channel.Loop);
        return draft.Edits;
    }
}
