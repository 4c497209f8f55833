using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Deciding;

/// <summary>PF-23: what an auth plugin grants, applied only on the final allow.</summary>
public sealed class OutputTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outputs_of_a_plugin_that_another_overrules_have_no_effect()
    {
        var denies = true;
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Memory,
            configure: null,
            new Authenticates(static context =>
            {
                context.AssignedClientId = "chosen";
                context.Identity = "somebody";
                context.Permissions = [];
                return true;
            }),
            new Authenticates(_ => denies ? false : null));
        WireClient refused = await broker.OpenAsync(ProtocolVersion.V5);
        await refused.SendAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "", CleanStart = true });
        ConnAckPacket answer = await refused.ReceiveAsync<ConnAckPacket>();
        Assert.Equal((ReasonCode.NotAuthorized, null), (answer.Reason, answer.Properties.AssignedClientIdentifier));
        Assert.Empty(broker.Broker.Sessions);
        denies = false;
        (_, answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "", CleanStart = true });
        Assert.Equal("chosen", answer.Properties.AssignedClientIdentifier);
        Assert.Equal("somebody", broker.Broker.FindSession("chosen")?.Identity);
    }

    [Fact]
    public async Task What_is_to_be_remembered_is_there_before_the_wills_topic_is_asked_about_and_goes_with_the_next_login()
    {
        SessionKey<string> role = new("test.role"), other = new("test.other");
        string? granted = "reader";
        var seen = new List<string?>();
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Memory,
            configure: null,
            new Authenticates(context =>
            {
                if (granted is not null) context.Attributes.Set(role, granted);
                return true;
            }),
            new Authenticates(context =>
            {
                context.Attributes.Set(role, "not the first"); // loses, unless the first said nothing
                if (granted is null) context.Attributes.Remove(role);
                return true;
            }),
            new Filters(context =>
            {
                seen.Add(context.Session.Attributes.TryGet(role, out string? value) ? value : null);
                return true;
            }));

        (WireClient client, _) = await ConnectAsync();
        Assert.Equal(["reader"], seen);
        broker.Broker.FindSession("c")!.Attributes.Set(other, "kept");
        await client.DisconnectAsync();
        granted = "writer";
        (client, ConnAckPacket answer) = await ConnectAsync();
        Assert.True(answer.SessionPresent);
        await client.PublishAsync("t", "x", QoS.AtLeastOnce);
        await client.DisconnectAsync();
        granted = null;
        (client, _) = await ConnectAsync();
        await client.PublishAsync("t", "x", QoS.AtLeastOnce);
        Assert.Equal(["reader", "writer", "writer", null, null], seen);
        Assert.True(broker.Broker.FindSession("c")!.Attributes.TryGet(other, out _));

        Task<(WireClient Client, ConnAckPacket Answer)> ConnectAsync() => broker.ConnectAsync(new ConnectPacket
        {
            Version = ProtocolVersion.V5,
            ClientId = "c",
            Will = new WillMessage { Topic = "w" },
            Properties = new MqttProperties { SessionExpiryInterval = 1000 },
        });
    }

    [Fact]
    public async Task Session_expiry_keep_alive_and_limits_are_granted_and_announced()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Authenticates(static context =>
        {
            context.SessionExpiry = TimeSpan.FromSeconds(77);
            context.KeepAlive = TimeSpan.FromSeconds(11);
            context.Limits = new ClientLimits { MaxQos = QoS.AtLeastOnce, MaxSubscriptions = 1, MaxPacketSize = 5000, ReceiveMaximum = 3, RetainAvailable = false };
            return true;
        }));
        (WireClient client, ConnAckPacket answer) = await broker.ConnectAsync(
            new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "c", CleanStart = true, KeepAlive = 60, Properties = new MqttProperties { SessionExpiryInterval = 5 } });
        MqttProperties said = answer.Properties;
        Assert.Equal((77u, (ushort)11, QoS.AtLeastOnce), (said.SessionExpiryInterval, said.ServerKeepAlive, said.MaximumQoS));
        Assert.Equal((5000u, (ushort)3, false), (said.MaximumPacketSize, said.ReceiveMaximum, said.RetainAvailable));
        ISession session = broker.Broker.FindSession("c")!;
        Assert.Equal((TimeSpan.FromSeconds(77), TimeSpan.FromSeconds(11)), (session.Expiry, session.KeepAlive));
        await client.SubscribeAsync("a");
        await client.SendAsync(new SubscribePacket { PacketId = 9, Subscriptions = [new SubscriptionRequest("b", default)] });
        Assert.Equal([ReasonCode.QuotaExceeded], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
        await client.SendAsync(new PublishPacket { Topic = "a", QoS = QoS.ExactlyOnce, PacketId = 1 });
        Assert.Equal(ReasonCode.QoSNotSupported, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
    }

    [Fact]
    public async Task An_expired_credential_disconnects_with_the_will()
    {
        TestBroker? running = null;
        var events = new EventRecorder();
        await using TestBroker broker = running = await TestBroker.StartAsync(
            Link.Memory,
            configure: null,
            events,
            new Authenticates(context =>
            {
                if (context.UserName == "guest") context.CredentialExpiry = running!.Time.GetUtcNow() + TimeSpan.FromSeconds(30);
                if (context.UserName == "late") context.CredentialExpiry = running!.Time.GetUtcNow();
                return true;
            }));
        WireClient watcher = await broker.ConnectAsync("w");
        await watcher.SubscribeAsync("will");
        (WireClient guest, _) = await broker.ConnectAsync(new ConnectPacket
        {
            Version = ProtocolVersion.V5,
            ClientId = "g",
            UserName = "guest",
            CleanStart = true,
            Will = new WillMessage { Topic = "will", Payload = "gone"u8.ToArray() },
        });
        broker.Time.Advance(TimeSpan.FromSeconds(29));
        await guest.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(2));
        DisconnectPacket end = await guest.ReceiveAsync<DisconnectPacket>();
        Assert.Equal((ReasonCode.NotAuthorized, "the credential has expired"), (end.Reason, end.Properties.ReasonString));
        await watcher.ExpectPublishAsync("will", "gone");
        await events.TakeUntilAsync("disconnected g CredentialExpired");
        (_, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "l", UserName = "late", CleanStart = true });
        Assert.Equal(ReasonCode.NotAuthorized, answer.Reason);
    }

    [Fact]
    public async Task Permissions_decide_by_the_first_rule_that_covers_the_use()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Authenticates(static context =>
        {
            if (context.UserName == "limited")
            {
                context.Permissions =
                [
                    new TopicPermission("a/secret", isAllowed: false),
                    new TopicPermission("a/#", TopicAccess.Subscribe | TopicAccess.Receive),
                    new TopicPermission("out/+", TopicAccess.Publish),
                ];
            }

            return true;
        }));
        WireClient free = await broker.ConnectAsync("free");
        await free.SubscribeAsync("#");
        (WireClient limited, _) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "l", UserName = "limited", CleanStart = true });
        SubscriptionRequest[] requests = [new("a/#", default), new("a/secret", default), new("b", default), new("#", default)];
        await limited.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = requests });
        Assert.Equal(
            [ReasonCode.Success, ReasonCode.NotAuthorized, ReasonCode.NotAuthorized, ReasonCode.NotAuthorized], (await limited.ReceiveAsync<SubAckPacket>()).Reasons);
        Assert.Equal(ReasonCode.NotAuthorized, await limited.PublishAsync("a/b", "1", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.Success, await limited.PublishAsync("out/x", "2", QoS.AtLeastOnce));
        await free.ExpectPublishAsync("out/x", "2");
        await free.PublishAsync("a/secret", "3", QoS.AtLeastOnce);
        await free.ExpectPublishAsync("a/secret", "3");
        await free.PublishAsync("a/open", "4", QoS.AtLeastOnce);
        await limited.ExpectPublishAsync("a/open", "4");
        await limited.ExpectNothingMoreAsync();
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task A_topic_prefix_is_invisible_to_the_client(Link link, ProtocolVersion version)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Authenticates(static context =>
        {
            if (context.UserName is { } tenant) context.TopicPrefix = tenant + "/";
            return true;
        }));
        WireClient outside = await broker.ConnectAsync("outside");
        await outside.SubscribeAsync("#");
        WireClient one = await TenantAsync(broker, version, "t1", "one"), two = await TenantAsync(broker, version, "t2", "two");
        await one.SubscribeAsync("a/#");
        await two.SubscribeAsync("#");
        await one.PublishAsync("a/b", "live", QoS.AtLeastOnce, retain: true);
        await one.ExpectPublishAsync("a/b", "live");
        await outside.ExpectPublishAsync("t1/a/b", "live");
        await outside.PublishAsync("a/b", "elsewhere", QoS.AtLeastOnce);
        await outside.ExpectPublishAsync("a/b", "elsewhere");
        await two.ExpectNothingMoreAsync();
        WireClient again = await TenantAsync(broker, version, "t1", "again");
        await again.SubscribeAsync("+/b");
        await again.ExpectPublishAsync("a/b", "live");
        Assert.Equal(["#", "t1/+/b", "t1/a/#", "t2/#"], broker.Broker.Subscriptions().Select(static one => one.TopicFilter).Order(StringComparer.Ordinal));
        await one.UnsubscribeAsync("a/#");
        await outside.PublishAsync("t1/a/b", "after", QoS.AtLeastOnce);
        await outside.ExpectPublishAsync("t1/a/b", "after");
        await again.ExpectPublishAsync("a/b", "after");
        await one.ExpectNothingMoreAsync();
        if (version == ProtocolVersion.V5)
        {
            await one.SubscribeAsync("$share/g/shared");
            await again.PublishAsync("shared", "1", QoS.AtLeastOnce);
            await one.ExpectPublishAsync("shared", "1");
            await outside.ExpectPublishAsync("t1/shared", "1");
        }

        await one.DisposeAsync();
        await outside.ExpectPublishAsync("t1/will", "one");
    }

    private static async Task<WireClient> TenantAsync(TestBroker broker, ProtocolVersion version, string tenant, string clientId)
    {
        WireClient client = await broker.OpenAsync(version);
        await client.SendAsync(new ConnectPacket
        {
            Version = version,
            ClientId = clientId,
            UserName = tenant,
            CleanStart = true,
            Will = new WillMessage { Topic = "will", Payload = System.Text.Encoding.UTF8.GetBytes(clientId) },
            Properties = version == ProtocolVersion.V5 ? new MqttProperties { TopicAliasMaximum = 5 } : MqttProperties.Empty,
        });
        Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        return client;
    }
}
