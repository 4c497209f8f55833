using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Sections 3.15 and 4.12: the packet AUTH. What a plugin that authenticates with it can do is in the folder Deciding.</summary>
public sealed class AuthTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.12.0-1", "MQTT-3.1.4-6")]
    public async Task A_method_that_nobody_offers_is_refused(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string data in new[] { "", " 16 0002 0102" })
        {
            WireClient client = await broker.OpenAsync(V5);
            string properties = "15 0005 'SCRAM'" + data;
            await client.SendAsync([.. Raw.Connect(V5, 0x02, $"{(data.Length > 0 ? "0D" : "08")} {properties} 0001 'c'"), .. Raw.Packet(0xC0)]);
            await client.ExpectRefusalAsync(ReasonCode.BadAuthenticationMethod);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.12.0-6", "MQTT-4.12.0-7", "prose:3.15a")]
    public async Task Who_named_no_method_is_sent_no_AUTH_and_must_send_none(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string auth in new[] { "F0 00", "F0 06 18 04 15 0001 4D", "F0 06 19 04 15 0001 4D", "F0 02 18 00", "F0 06 18 04 16 0001 FF" })
        {
            WireClient client = await broker.OpenAsync(V5);
            ConnAckPacket answer = await client.ConnectAsync("c", V5);
            Assert.Null(answer.Properties.AuthenticationMethod);
            Assert.Null(answer.Properties.AuthenticationData);
            await client.SendHexAsync(auth);
            await client.ExpectCutAsync(ReasonCode.ProtocolError);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.15.2-1")]
    public async Task A_client_may_continue_or_authenticate_again_and_nothing_else(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        for (int reason = 0; reason < 256; reason++)
        {
            WireClient client = await broker.ConnectAsync("c", V5);
            await client.SendAsync(Raw.Packet(0xF0, $"{reason:X2} 04 15 0001 'M'"));
            DisconnectPacket said = (await client.ExpectCutAsync(ReasonCode.ProtocolError))!;
            // Both are protocol errors here; what differs is of what kind.
            Assert.Equal(reason is not (0x18 or 0x19), said.Properties.ReasonString!.Contains("does not belong to this packet", StringComparison.Ordinal));
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.15.1-1")]
    public async Task Before_v5_there_is_no_such_packet(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (ProtocolVersion version in new[] { V31, V311 })
        {
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SendHexAsync("F0 00");
            await client.ExpectClosedAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.15.2-2", "MQTT-3.15.2-3", "MQTT-3.1.2-24", "MQTT-4.12.0-5")]
    public async Task The_brokers_own_carries_method_and_data_alone_and_is_not_sent_if_the_client_does_not_take_its_size(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Echoes());
        // A byte for each of type, length, reason, property length; 4 for the method, 3 and the data.
        foreach ((uint size, int data, bool fits) in new[] { (100u, 80, true), (100u, 89, true), (100u, 90, false), (100u, 5000, false), (uint.MaxValue, 5000, true) })
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(new ConnectPacket
            {
                Version = V5,
                ClientId = "c",
                CleanStart = true,
                Properties = new MqttProperties { AuthenticationMethod = "M", AuthenticationData = new byte[data], MaximumPacketSize = size },
            });
            if (!fits)
            {
                await client.ExpectRefusalAsync(ReasonCode.PacketTooLarge);
                continue;
            }

            var challenge = await client.ReceiveAsync<AuthPacket>();
            Assert.Equal((ReasonCode.ContinueAuthentication, "M", data), (challenge.Reason, challenge.Properties.AuthenticationMethod, challenge.Properties.AuthenticationData!.Value.Length));
            await client.SendAsync(Answer(ReasonCode.ContinueAuthentication));
            Assert.Equal("M", (await client.ReceiveAsync<ConnAckPacket>()).Properties.AuthenticationMethod);
            // Again while it is connected, with everything else going on (section 4.12.1).
            await client.SendAsync(Answer(ReasonCode.ReAuthenticate, new byte[1]));
            challenge = await client.ReceiveAsync<AuthPacket>();
            await client.SubscribeAsync("a");
            await client.SendAsync(Answer(ReasonCode.ContinueAuthentication));
            var success = await client.ReceiveAsync<AuthPacket>();
            Assert.Equal(ReasonCode.Success, success.Reason);
            foreach (AuthPacket packet in new[] { challenge, success })
            {
                Assert.Equal("M", packet.Properties.AuthenticationMethod);
                Assert.Null(packet.Properties.ReasonString);
                Assert.Empty(packet.Properties.UserProperties);
            }

            await client.DisconnectAsync();
        }

        static AuthPacket Answer(ReasonCode reason, byte[]? data = null) => new() { Reason = reason, Properties = new MqttProperties { AuthenticationMethod = "M", AuthenticationData = data } };
    }

    /// <summary>Challenges with what it is sent, and is content when it is sent nothing.</summary>
    private sealed class Echoes : BrokerPlugin, IEnhancedAuthPlugin
    {
        public string Method => "M";

        public IAuthExchange Begin(AuthenticateContext context) => new Exchange();

        private sealed class Exchange : IAuthExchange
        {
            public ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel) =>
                ValueTask.FromResult(data.IsEmpty ? AuthStep.Success() : AuthStep.Challenge(data.ToArray()));

            public ValueTask DisposeAsync() => default;
        }
    }
}
