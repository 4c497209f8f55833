using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>How large what a client sends may be: at each limit and one beyond.</summary>
public sealed class PacketLimitTests
{
    private const int OneKiB = 1024;

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.2.2-15")]
    public async Task Max_packet_size_counts_the_whole_packet(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxPacketSize = OneKiB);
        WireClient client = await broker.OpenAsync(version);
        ConnAckPacket answer = await client.ConnectAsync("c", version);
        if (version == ProtocolVersion.V5) Assert.Equal((uint)OneKiB, answer.Properties.MaximumPacketSize);
        await client.SendAsync(PublishOf(OneKiB, version));
        await client.ExpectNothingMoreAsync();
        await client.SendAsync(PublishOf(OneKiB + 1, version)[..3]); // the fixed header is enough
        await ExpectEndAsync(client, version, ReasonCode.PacketTooLarge);
        Assert.Equal(1, broker.Refusals("max_packet_size"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Max_connect_packet_size_counts_until_the_client_is_known(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxConnectPacketSize = OneKiB);
        WireClient client = await broker.OpenAsync();
        byte[] largest = ConnectOf(OneKiB);
        await client.SendAsync(largest);
        Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.PublishAsync("a", new byte[OneKiB], QoS.AtLeastOnce);

        WireClient beyond = await broker.OpenAsync();
        await beyond.SendAsync(ConnectOf(OneKiB + 1)[..3]);
        await beyond.ExpectClosedAsync();
        Assert.Equal(1, broker.Refusals("max_connect_packet_size"));
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task Max_client_id_length(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options => options.Limits.MaxClientIdLength = 8);
        await broker.ConnectAsync("12345678", version);
        await (await broker.OpenAsync(version)).ConnectAsync("123456789", version, expected: ReasonCode.ClientIdentifierNotValid);
        await (await broker.OpenAsync(version)).ConnectAsync("1234567é", version, expected: ReasonCode.ClientIdentifierNotValid); // nine bytes
        Assert.Equal(2, broker.Refusals("max_client_id_length"));
    }

    [Theory]
    [InlineData("12345678", "123456789", 8, int.MaxValue)]
    [InlineData("a/b/c", "a/b/c/d", 1024, 3)]
    public async Task Max_topic_length_and_levels(string longest, string beyond, int length, int levels)
    {
        foreach (ProtocolVersion version in Enum.GetValues<ProtocolVersion>())
        {
            await using TestBroker broker = await TestBroker.StartAsync(configure: options =>
            {
                options.Limits.MaxTopicLength = length;
                options.Limits.MaxTopicLevels = levels;
            });
            WireClient client = await broker.ConnectAsync("c", version);
            await client.SubscribeAsync(longest);
            await client.SendAsync(new SubscribePacket { PacketId = 9, Subscriptions = [new(beyond, default), new("ok", default)] });
            ReasonCode refused = version == ProtocolVersion.V5 ? ReasonCode.TopicFilterInvalid : ReasonCode.UnspecifiedError;
            Assert.Equal([refused, ReasonCode.Success], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
            await client.PublishAsync(longest, "x", QoS.AtLeastOnce);
            await client.ExpectPublishAsync(longest, "x");
            if (version == ProtocolVersion.V5)
            {
                Assert.Equal(ReasonCode.TopicNameInvalid, await client.PublishAsync(beyond, "x", QoS.AtLeastOnce));
                Assert.Equal(ReasonCode.TopicNameInvalid, await client.PublishAsync(beyond, "x", QoS.ExactlyOnce));
                await client.PublishAsync(beyond, "x");
                await client.ExpectNothingMoreAsync();
                Assert.Equal(4, broker.Refusals("max_topic_length"));
            }
            else
            {
                await client.SendAsync(new PublishPacket { Topic = beyond });
                await client.ExpectClosedAsync();
                Assert.Equal(2, broker.Refusals("max_topic_length"));
            }

            var will = new WillMessage { Topic = beyond };
            ReasonCode expected = version == ProtocolVersion.V5 ? ReasonCode.TopicNameInvalid : ReasonCode.NotAuthorized;
            (_, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = version, ClientId = "w", CleanStart = true, Will = will });
            if (version == ProtocolVersion.V5) Assert.Equal(expected, answer.Reason);
            else Assert.True(answer.Reason.IsError());
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Max_user_properties_and_their_bytes(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options =>
        {
            options.Limits.MaxUserProperties = 3;
            options.Limits.MaxUserPropertyBytes = 60;
        });
        MqttProperties[] within = [UserProperties(3, 1), UserProperties(2, 20)], beyond = [UserProperties(4, 1), UserProperties(2, 40)];
        foreach (MqttProperties properties in within)
        {
            WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5, properties: properties);
            await client.SubscribeAsync("a");
            await client.PublishAsync("a", "x", properties: properties);
            Assert.Equal(properties.UserProperties, (await client.ReceivePublishAsync()).Properties.UserProperties);
        }

        foreach (MqttProperties properties in beyond)
        {
            WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
            await client.SendAsync(new PublishPacket { Topic = "a", Properties = properties });
            await ExpectEndAsync(client, ProtocolVersion.V5, ReasonCode.PacketTooLarge);
            client = await broker.ConnectAsync("c", ProtocolVersion.V5);
            await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("a", default)], Properties = properties });
            await ExpectEndAsync(client, ProtocolVersion.V5, ReasonCode.PacketTooLarge);
            (_, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "d", CleanStart = true, Properties = properties });
            Assert.Equal(ReasonCode.PacketTooLarge, answer.Reason);
        }

        Assert.Equal(6, broker.Refusals("max_user_properties"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-3.3.2-9")]
    public async Task Topic_alias_maximum_and_bytes(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, static options =>
        {
            options.Limits.TopicAliasMaximum = 2;
            options.Limits.TopicAliasBytes = 10;
        });
        WireClient client = await broker.OpenAsync(ProtocolVersion.V5);
        Assert.Equal((ushort)2, (await client.ConnectAsync("c", ProtocolVersion.V5)).Properties.TopicAliasMaximum);
        await client.SendAsync(Aliased("12345", 1));
        await client.SendAsync(Aliased("67890", 2));
        await client.SendAsync(Aliased("54321", 2)); // takes the place of the other
        await client.ExpectNothingMoreAsync();
        await client.SendAsync(Aliased("543210", 2));
        await ExpectEndAsync(client, ProtocolVersion.V5, ReasonCode.TopicAliasInvalid);

        client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SendAsync(Aliased("1", 3));
        await ExpectEndAsync(client, ProtocolVersion.V5, ReasonCode.TopicAliasInvalid);
        Assert.Equal(2, broker.Refusals("topic_alias_maximum"));
    }

    [Fact]
    public async Task No_topic_alias_where_none_is_taken()
    {
        await using TestBroker broker = await TestBroker.StartAsync(configure: static options => options.Limits.TopicAliasMaximum = 0);
        WireClient client = await broker.OpenAsync(ProtocolVersion.V5);
        Assert.Null((await client.ConnectAsync("c", ProtocolVersion.V5)).Properties.TopicAliasMaximum);
        await client.SendAsync(Aliased("1", 1));
        await ExpectEndAsync(client, ProtocolVersion.V5, ReasonCode.TopicAliasInvalid);
    }

    private static PublishPacket Aliased(string topic, ushort alias) => new() { Topic = topic, Properties = new MqttProperties { TopicAlias = alias } };

    private static MqttProperties UserProperties(int count, int length) => new()
    {
        UserProperties = [.. Enumerable.Range(0, count).Select(i => new UserProperty($"{i}", new string('v', length)))],
    };

    private static byte[] PublishOf(int size, ProtocolVersion version)
    {
        int overhead = PacketCodec.Encode(new PublishPacket { Topic = "a", Payload = new byte[200] }, version).Length - 200;
        byte[] packet = PacketCodec.Encode(new PublishPacket { Topic = "a", Payload = new byte[size - overhead] }, version);
        Assert.Equal(size, packet.Length);
        return packet;
    }

    private static byte[] ConnectOf(int size)
    {
        ConnectPacket With(int password) => new() { Version = ProtocolVersion.V311, ClientId = "c", CleanStart = true, UserName = "u", Password = new byte[password] };
        int overhead = PacketCodec.Encode(With(200), ProtocolVersion.V311).Length - 200;
        byte[] packet = PacketCodec.Encode(With(size - overhead), ProtocolVersion.V311);
        Assert.Equal(size, packet.Length);
        return packet;
    }

    private static async Task ExpectEndAsync(WireClient client, ProtocolVersion version, ReasonCode reason)
    {
        if (version == ProtocolVersion.V5) Assert.Equal(reason, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.ExpectClosedAsync();
    }
}
