using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>Chapter 2: fixed header, packet identifiers, properties.</summary>
public sealed class PacketFormatTests
{
    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-2.1.3-1", "v4:2.2.2-1", "v4:2.2.2-2", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "v4:3.8.1-1", "v4:3.10.1-1", "MQTT-3.14.1-1", "v4:3.14.1-1", "MQTT-3.15.1-1", "v3:e")]
    public async Task Any_other_value_of_the_header_flags_is_malformed(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        string none = version.NoProperties();
        foreach ((byte right, string body) in new[]
        {
            ((byte)0x40, "0001"), ((byte)0x50, "0001"), ((byte)0x62, "0001"), ((byte)0x70, "0001"),
            ((byte)0x82, $"0001 {none} 0001 'a' 00"), ((byte)0xA2, $"0001 {none} 0001 'a'"), ((byte)0xC0, ""), ((byte)0xE0, ""), ((byte)0xF0, "18 04 15 0001 'M'"),
        })
        {
            for (int flags = 0; flags < 16; flags++)
            {
                byte first = (byte)((right & 0xF0) | flags);
                if (first == right) continue;
                // 3.1 knows a DUP bit in them.
                bool isDup = version == V31 && first == (right | 0x08) && (right & 0x0F) == 0x02;
                WireClient client = await broker.ConnectAsync("c", version);
                await client.SendAsync(Raw.Packet(first, body));
                if (isDup) Assert.NotNull(await client.ReceiveAsync());
                else await client.ExpectCutAsync(ReasonCode.MalformedPacket);
            }
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task What_the_header_alone_refuses_need_not_arrive(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string beginning in new[] { "00 05", "36 20 00 01", "60 02", "80 7F 00 01", "A0 09", "C1 04" })
        {
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SendHexAsync(beginning);
            await client.ExpectCutAsync(ReasonCode.MalformedPacket);
        }
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-2.1.3-1", "v4:2.2.2-1", "MQTT-2.2.1-2", "v4:2.3.1-5", "MQTT-2.2.1-5", "v4:2.3.1-6", "MQTT-2.2.1-6", "v4:2.3.1-7", "MQTT-2.2.2-1", "MQTT-3.6.1-1", "v4:3.6.1-1")]
    public async Task Every_answer_has_its_flags_its_identifier_and_a_property_length_of_0(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        bool isV5 = version == V5;
        string none = version.NoProperties();
        await client.SendAsync(Raw.Packet(0x82, $"1234 {none} 0001 'a' 02"));
        await client.ExpectHexAsync(isV5 ? "90 04 1234 00 02" : "90 03 1234 02");
        await client.SendAsync(Raw.Packet(0x30, $"0001 'a' {none} 'x'"));
        await client.ExpectHexAsync(isV5 ? "30 05 0001 61 00 78" : "30 04 0001 61 78"); // no identifier at QoS 0
        await client.SendAsync(Raw.Packet(0x32, $"0001 'b' FFFE {none} 'x'"));
        await client.ExpectHexAsync(isV5 ? "40 03 FFFE 10" : "40 02 FFFE"); // nobody subscribes to it
        await client.SendAsync(Raw.Packet(0x34, $"0001 'a' 7777 {none} 'x'"));
        // The delivery is the broker's own, with an identifier of its own, and comes behind the answer.
        await client.ExpectHexAsync(isV5 ? "50 02 7777 34 07 0001 61 0001 00 78" : "50 02 7777 34 06 0001 61 0001 78");
        await client.SendHexAsync("50 02 0001");
        await client.ExpectHexAsync("62 02 0001");
        await client.SendHexAsync("70 02 0001");
        await client.SendHexAsync("62 02 7777");
        await client.ExpectHexAsync("70 02 7777");
        await client.SendAsync(Raw.Packet(0xA2, $"FFFF {none} 0001 'a'"));
        await client.ExpectHexAsync(isV5 ? "B0 04 FFFF 00 00" : "B0 02 FFFF");
        await client.SendHexAsync("C0 00");
        await client.ExpectHexAsync("D0 00");
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("v4:2.3.1-1", "MQTT-2.2.1-3")]
    public async Task Packet_identifier_0_is_refused(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        string none = version.NoProperties();
        foreach (byte[] packet in new[]
        {
            Raw.Packet(0x32, $"0001 'a' 0000 {none} 'x'"), Raw.Packet(0x34, $"0001 'a' 0000 {none} 'x'"),
            Raw.Packet(0x82, $"0000 {none} 0001 'a' 00"), Raw.Packet(0xA2, $"0000 {none} 0001 'a'"),
        })
        {
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SendAsync(packet);
            await client.ExpectCutAsync(ReasonCode.ProtocolError);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-2.2.1-4", "v4:2.3.1-4")]
    public async Task A_delivery_takes_an_identifier_that_is_free_and_not_0_also_after_all_have_been_used(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient publisher = await broker.ConnectAsync("publisher");
        WireClient subscriber = await broker.ConnectAsync("subscriber");
        await subscriber.SubscribeAsync("a", QoS.AtLeastOnce);
        const int Batch = 500;
        byte[] one = Raw.Packet(0x32, "0001 'a' 0001 'x'");
        byte[] batch = [.. Enumerable.Repeat(one, Batch).SelectMany(static bytes => bytes)];
        var kept = new HashSet<ushort>(); // never acknowledged
        for (int received = 0; received < ushort.MaxValue + Batch;)
        {
            await publisher.SendAsync(batch);
            for (int i = 0; i < Batch; i++, received++)
            {
                var message = await subscriber.ReceiveAsync<PublishPacket>();
                Assert.NotEqual(0, message.PacketId);
                Assert.DoesNotContain(message.PacketId, kept);
                if (received % 5000 == 0) kept.Add(message.PacketId);
                else await subscriber.SendAsync(new PubAckPacket { PacketId = message.PacketId });
            }

            for (int i = 0; i < Batch; i++) await publisher.ReceiveAsync<PubAckPacket>();
        }

        Assert.NotEmpty(kept);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:2.2.1a")]
    public async Task The_identifiers_of_client_and_broker_are_independent(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        WireClient client = await broker.ConnectAsync("c", version);
        await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("a", new() { QoS = QoS.ExactlyOnce })] });
        await client.ReceiveAsync<SubAckPacket>();
        // Both sides use 1 for a QoS 2 message, at the same time and in the same session.
        await client.SendAsync(new PublishPacket { Topic = "a", Payload = "x"u8.ToArray(), QoS = QoS.ExactlyOnce, PacketId = 1 });
        Assert.Equal(1, (await client.ReceiveAsync<PubRecPacket>()).PacketId);
        Assert.Equal(1, (await client.ReceiveAsync<PublishPacket>()).PacketId);
        await client.SendAsync(new PubRecPacket { PacketId = 1 });
        await client.ExpectAsync(new PubRelPacket { PacketId = 1 });
        await client.SendAsync(new PubRelPacket { PacketId = 1 });
        await client.ExpectAsync(new PubCompPacket { PacketId = 1 });
        await client.SendAsync(new PubCompPacket { PacketId = 1 });
        await client.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("prose:2.2.1b")]
    public async Task An_identifier_is_free_again_after_the_last_acknowledgement(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxInflight = 1);
        WireClient subscriber = await broker.ConnectAsync("s", version);
        await subscriber.SubscribeAsync("a", QoS.ExactlyOnce);
        WireClient client = await broker.ConnectAsync("c", version);
        string none = version.NoProperties();
        await client.SendAsync(Raw.Packet(0x82, $"0001 {none} 0001 'b' 00"));
        await client.ReceiveAsync<SubAckPacket>();
        await client.SendAsync(Raw.Packet(0xA2, $"0001 {none} 0001 'b'"));
        await client.ReceiveAsync<UnsubAckPacket>();
        // After the last acknowledgement the same identifier is a new message, in both directions.
        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync(Raw.Packet(0x32, $"0001 'a' 0001 {none} '1'"));
            await client.ReceiveAsync<PubAckPacket>();
            await subscriber.ExpectPublishAsync("a", "1");
            await client.SendAsync(Raw.Packet(0x34, $"0001 'a' 0001 {none} '2'"));
            await client.ReceiveAsync<PubRecPacket>();
            await client.SendHexAsync("62 02 0001");
            await client.ReceiveAsync<PubCompPacket>();
            await subscriber.ExpectPublishAsync("a", "2");
        }

        if (version != V5) return;
        await client.PublishAsync("a", "refused", QoS.ExactlyOnce);
        var refused = await subscriber.ReceiveAsync<PublishPacket>();
        await subscriber.SendAsync(new PubRecPacket { PacketId = refused.PacketId, Reason = ReasonCode.UnspecifiedError });
        await client.PublishAsync("a", "next", QoS.ExactlyOnce);
        await subscriber.ExpectPublishAsync("a", "next"); // the only place in the window is free again
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:2.2.2a")]
    public async Task A_property_that_is_unknown_or_misplaced_is_malformed(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        foreach (string properties in new[]
        {
            "02 00 00", // no such property
            "02 04 01", "02 7E 01", "03 80 01 00",
            "02 24 01", // Maximum QoS is the server's
            "03 23 0001", // Topic Alias is PUBLISH's
            "02 11 00", // a four byte integer of one byte
            "03 11 0000", "05 1F 0001 61 00", "02 21 00", "03 26 0001",
        })
        {
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(Raw.Connect(V5, 0x02, $"{properties} 0001 'c'"));
            await client.ExpectMalformedConnectAsync(ReasonCode.MalformedPacket);
        }

        foreach (byte[] packet in new[]
        {
            Raw.Packet(0x30, "0001 'a' 03 21 0001 'x'"), // Receive Maximum
            Raw.Packet(0x30, "0001 'a' 05 18 00000001 'x'"), // Will Delay Interval
            Raw.Packet(0x40, "0001 00 02 01 01"), // Payload Format Indicator
            Raw.Packet(0x82, "0001 05 11 00000001 0001 'a' 00"),
            Raw.Packet(0xA2, "0001 02 0B 01 0001 'a'"),
            Raw.Packet(0xE0, "00 02 01 01"),
            Raw.Packet(0xE0, "00 02 11 01"),
        })
        {
            WireClient client = await broker.ConnectAsync("c", V5);
            await client.SendAsync(packet);
            await client.ExpectCutAsync(ReasonCode.MalformedPacket);
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("prose:2.2.2a")]
    public async Task Properties_may_come_in_any_order(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link);
        string[] properties = ["11 0000000A", "21 0005", "27 00001000", "22 0003", "19 01", "17 00", "26 0001 'k' 0001 'v'"];
        for (int turn = 0; turn < properties.Length; turn++)
        {
            string all = string.Join(' ', properties[turn..].Concat(properties[..turn]));
            WireClient client = await broker.OpenAsync(V5);
            await client.SendAsync(Raw.Connect(V5, 0x02, $"1B {all} 0001 'c'"));
            Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        }
    }
}
