using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <summary>A CONNECT past the plugins that transform it. The result comes on the connection's loop.</summary>
internal static class ConnectTransform
{
    /// <summary>Asks those who have not named other listeners. Nobody has been authenticated yet.</summary>
    public static async ValueTask<ConnectDraft> RunAsync(Connection connection, ConnectPacket connect)
    {
        HookTable hooks = connection.Broker.Hooks;
        PeerInfo peer = connection.Channel.Peer;
        var draft = new ConnectDraft(new ConnectFacts(peer.Listener, peer.Address, peer.Port, peer.Certificate, connect.Version), connect);
        return await hooks.OnConnect.RunAsync(draft, hooks.Scopes.OfListener(peer.Listener)).On(connection.Channel.Loop);
    }
}
