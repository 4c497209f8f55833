using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Support;

/// <summary>How a broker ends a connection, in the words that each version has for it.</summary>
internal static class WireExpectations
{
    /// <summary>CONNECT is refused for what it says: CONNACK with the reason to a v5 client, with the return code to an older one; then the end.</summary>
    public static async Task<ConnAckPacket> ExpectRefusalAsync(this WireClient client, ReasonCode reason)
    {
        var answer = await client.ReceiveAsync<ConnAckPacket>();
        Assert.Equal(client.Version == ProtocolVersion.V5 ? reason : reason.ToReturnCode().ToReasonCode(), answer.Reason);
        Assert.False(answer.SessionPresent);
        await client.ExpectClosedAsync();
        return answer;
    }

    /// <summary>CONNECT is malformed: CONNACK with the reason to a v5 client, nothing to an older one; then the end.</summary>
    public static async Task ExpectMalformedConnectAsync(this WireClient client, ReasonCode reason)
    {
        if (client.Version == ProtocolVersion.V5) Assert.Equal(reason, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.ExpectClosedAsync();
    }

    /// <summary>The broker ends an established connection: DISCONNECT with the reason to a v5 client, nothing to an older one; then the end.</summary>
    public static async Task<DisconnectPacket?> ExpectCutAsync(this WireClient client, ReasonCode reason)
    {
        DisconnectPacket? said = null;
        if (client.Version == ProtocolVersion.V5)
        {
            said = await client.ReceiveAsync<DisconnectPacket>();
            Assert.Equal(reason, said.Reason);
        }

        await client.ExpectClosedAsync();
        return said;
    }
}
