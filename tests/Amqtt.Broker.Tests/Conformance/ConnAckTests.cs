using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Section 3.2: CONNACK.</summary>
public sealed class ConnAckTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.0-1", "MQTT-3.2.0-2", "v4:3.2.0-1", "MQTT-3.2.2-1", "v3:d")]
    public async Task It_is_the_first_packet_and_the_only_one_of_its_kind_also_for_a_session_with_messages(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, properties: Keep(version));
        await client.SubscribeAsync("a", QoS.ExactlyOnce);
        await client.DisconnectAsync();
        WireClient publisher = await broker.ConnectAsync("p", V5);
        for (int i = 0; i < 5; i++) await publisher.PublishAsync("a", $"{i}", QoS.ExactlyOnce);
        client = await broker.OpenAsync(version);
        await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", KeepAlive = 60, Properties = Keep(version) ?? MqttProperties.Empty });
        // Session Present is all that the first byte says; 3.1 does not have it.
        await client.ExpectHexAsync(version switch { V31 => "20 02 00 00", V311 => "20 02 01 00", _ => "20 0E 01 00 0B 21 0020 22 0010 27 00100000" });
        for (int i = 0; i < 5; i++) await client.ExpectPublishAsync("a", $"{i}");
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.2-6", "MQTT-3.2.2-7", "MQTT-3.2.2-8", "v4:3.2.2-4", "v4:3.2.2-5")]
    public async Task Whatever_error_a_plugin_chooses_becomes_one_that_CONNACK_has(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Chooses());
        // A session that is there must not show in a refusal.
        WireClient known = await broker.ConnectAsync("c", V5, properties: Keep(V5));
        await known.DisconnectAsync();
        foreach (ReasonCode reason in Enum.GetValues<ReasonCode>().Where(static r => r.IsError()))
        {
            WireClient client = await broker.OpenAsync(version);
            await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", UserName = $"{(byte)reason}" });
            ReasonCode expected = reason.IsAllowedIn(PacketType.ConnAck) ? reason : ReasonCode.NotAuthorized;
            await client.ExpectHexAsync(version == V5 ? $"20 03 00 {(byte)expected:X2} 00" : $"20 02 00 {(byte)expected.ToReturnCode():X2}");
            await client.ExpectClosedAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.2-8", "v4:3.2.2-6")]
    public async Task Every_error_has_its_return_code_before_v5(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Chooses());
        foreach ((ReasonCode reason, byte code) in new[]
        {
            (ReasonCode.UnsupportedProtocolVersion, (byte)1), (ReasonCode.ClientIdentifierNotValid, (byte)2), (ReasonCode.ServerUnavailable, (byte)3), (ReasonCode.ServerBusy, (byte)3),
            (ReasonCode.QuotaExceeded, (byte)3), (ReasonCode.UseAnotherServer, (byte)3), (ReasonCode.ConnectionRateExceeded, (byte)3),
            (ReasonCode.BadUserNameOrPassword, (byte)4), (ReasonCode.NotAuthorized, (byte)5), (ReasonCode.Banned, (byte)5), (ReasonCode.BadAuthenticationMethod, (byte)5),
        })
        {
            WireClient client = await broker.OpenAsync(version);
            await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", UserName = $"{(byte)reason}" });
            await client.ExpectHexAsync(version == V5 ? $"20 03 00 {(byte)reason:X2} 00" : $"20 02 00 {code:X2}");
            await client.ExpectClosedAsync();
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_plugins_text_goes_along_unless_MQTT_cannot_carry_it(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Chooses());
        for (int i = 0; i < Chooses.Texts.Length; i++)
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(new ConnectPacket { Version = V5, ClientId = "c", UserName = "135", Password = new[] { (byte)i } });
            Assert.Equal(i == 0 ? Chooses.Texts[0] : null, (await client.ExpectRefusalAsync(ReasonCode.NotAuthorized)).Properties.ReasonString);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.2-9", "MQTT-3.2.2-10", "MQTT-3.2.2-11")]
    public async Task Maximum_QoS_is_announced_and_a_SUBSCRIBE_may_ask_for_more(Link link)
    {
        foreach (int most in new[] { 0, 1, 2 })
        {
            await using TestBroker broker = await TestBroker.StartAsync(link, options => options.Limits.MaxQos = most);
            WireClient client = await broker.OpenAsync(V5);
            ConnAckPacket answer = await client.ConnectAsync("c", V5);
            Assert.Equal(most == 2 ? null : (QoS)most, answer.Properties.MaximumQoS);
            for (int asked = 0; asked < 3; asked++)
            {
                SubAckPacket granted = await client.SubscribeAsync($"a/{asked}", (QoS)asked);
                Assert.Equal((ReasonCode)Math.Min(asked, most), granted.Reasons[0]);
            }

            if (most == 2) continue;
            await client.SendAsync(new PublishPacket { Topic = "a/0", QoS = (QoS)(most + 1), PacketId = 1 });
            await client.ExpectCutAsync(ReasonCode.QoSNotSupported);
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.2-12", "MQTT-3.2.2-13", "MQTT-3.2.2-14")]
    public async Task A_will_beyond_what_is_available_is_refused(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => (options.Limits.MaxQos, options.Limits.RetainAvailable) = (1, false));
        WireClient fine = await broker.ConnectAsync("fine", version, will: new WillMessage { Topic = "w", QoS = QoS.AtLeastOnce });
        foreach ((WillMessage will, ReasonCode reason) in new[]
        {
            (new WillMessage { Topic = "w", QoS = QoS.ExactlyOnce }, ReasonCode.QoSNotSupported), (new WillMessage { Topic = "w", Retain = true }, ReasonCode.RetainNotSupported),
        })
        {
            WireClient client = await broker.OpenAsync(version);
            await client.SendAsync(new ConnectPacket { Version = version, ClientId = "c", CleanStart = true, Will = will });
            await client.ExpectRefusalAsync(reason);
        }

        await fine.SendAsync(new PublishPacket { Topic = "a", Payload = "x"u8.ToArray(), Retain = true });
        await fine.ExpectCutAsync(ReasonCode.RetainNotSupported);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:3.2.2.3b")]
    public async Task What_is_not_available_is_announced_and_refused_with_its_own_code(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options =>
        {
            options.Limits.RetainAvailable = false;
            options.Limits.WildcardAvailable = false;
            options.Limits.SharedAvailable = false;
            options.Limits.SubscriptionIdsAvailable = false;
        });
        foreach ((string subscribe, ReasonCode reason) in new[]
        {
            ("0001 00 0001 '#' 00", ReasonCode.WildcardSubscriptionsNotSupported), ("0001 00 0003 'a/+' 00", ReasonCode.WildcardSubscriptionsNotSupported),
            ("0001 00 000A '$share/g/a' 00", ReasonCode.SharedSubscriptionsNotSupported), ("0001 02 0B 01 0001 'a' 00", ReasonCode.SubscriptionIdentifiersNotSupported),
        })
        {
            WireClient client = await broker.OpenAsync(V5);
            MqttProperties announced = (await client.ConnectAsync("c", V5)).Properties;
            Assert.Equal(
                (false, false, false, false),
                (announced.RetainAvailable, announced.WildcardSubscriptionAvailable, announced.SharedSubscriptionAvailable, announced.SubscriptionIdentifierAvailable));
            await client.SendAsync(Raw.Packet(0x82, subscribe));
            await client.ExpectCutAsync(reason);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-24", "MQTT-3.2.2-19", "MQTT-3.2.2-20")]
    public async Task A_refusal_is_shortened_or_left_out_for_a_client_that_takes_little(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxClientIdLength = 1);
        foreach (uint size in Enumerable.Range(1, 80).Select(static s => (uint)s))
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(new ConnectPacket { Version = V5, ClientId = "long", CleanStart = true, Properties = new MqttProperties { MaximumPacketSize = size } });
            if (size >= 5)
            {
                var answer = await client.ReceiveAsync<ConnAckPacket>();
                Assert.Equal(ReasonCode.ClientIdentifierNotValid, answer.Reason);
                Assert.InRange((uint)PacketCodec.Encode(answer, V5).Length, 5u, size);
                Assert.Empty(answer.Properties.UserProperties);
            }

            await client.ExpectClosedAsync();
        }

        WireClient roomy = await broker.OpenAsync(V5);
        await roomy.SendAsync(new ConnectPacket { Version = V5, ClientId = "long", CleanStart = true });
        Assert.NotNull((await roomy.ExpectRefusalAsync(ReasonCode.ClientIdentifierNotValid)).Properties.ReasonString);
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.1.2-24")]
    public async Task Who_does_not_even_take_the_CONNACK_is_refused_and_leaves_no_trace(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient there = await broker.ConnectAsync("c", V5, properties: Keep(V5));
        int length = 0;
        foreach (uint size in Enumerable.Range(1, 40).Select(static s => (uint)s))
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(new ConnectPacket { Version = V5, ClientId = size < 16 ? "c" : $"c{size}", CleanStart = true, KeepAlive = 60, Properties = new MqttProperties { MaximumPacketSize = size } });
            if (size < 5)
            {
                await client.ExpectClosedAsync();
                continue;
            }

            var answer = await client.ReceiveAsync<ConnAckPacket>();
            length = PacketCodec.Encode(answer, V5).Length;
            Assert.InRange((uint)length, 1u, size);
            Assert.Equal(size < 16 ? ReasonCode.PacketTooLarge : ReasonCode.Success, answer.Reason);
        }

        Assert.Equal(16, length);
        await there.ExpectNothingMoreAsync(); // nobody took it over
        WireClient ends = await broker.OpenAsync(V5);
        await ends.ConnectAsync("ends", V5, keepAlive: 60, properties: new MqttProperties { MaximumPacketSize = 16 });
        // An answer that cannot be given ends the connection, instead of leaving the client to wait.
        await ends.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [.. Enumerable.Range(0, 20).Select(static i => new SubscriptionRequest($"f/{i}", default))] });
        await ends.ExpectCutAsync(ReasonCode.PacketTooLarge);
    }

    private static MqttProperties? Keep(ProtocolVersion version) => version == V5 ? new MqttProperties { SessionExpiryInterval = 100 } : null;

    /// <summary>Denies with the reason that the user name gives, and the text that the password names.</summary>
    private sealed class Chooses : BaseAuthPlugin
    {
        public static readonly string[] Texts = ["no, thanks", "no\nthanks", "\uD800", new string('x', 65_536)];

        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            if (context.UserName is not { } name) return Decision.Allow;
            string? text = context.Password is { } password ? Texts[password.Span[0]] : null;
            return Decision.Deny((ReasonCode)byte.Parse(name, System.Globalization.CultureInfo.InvariantCulture), text);
        }
    }
}
