using Amqtt.Client.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Client.Connections;

/// <summary>Shows packets to the plugins that want to see them. Nothing is decoded for it while nobody does.</summary>
internal sealed class PacketWatcher(ClientHooks hooks, ProtocolVersion version)
{
    public void Sent(ReadOnlySpan<byte> packet)
    {
        if (hooks.WantsSent && FrameHeader.TryRead(packet, int.MaxValue, out var header))
            hooks.Sent(version, packet[0], packet[header.HeaderLength..]);
    }

    public void Received(byte firstByte, ReadOnlySpan<byte> body)
    {
        if (hooks.WantsReceived)
            hooks.Received(version, firstByte, body);
    }
}
