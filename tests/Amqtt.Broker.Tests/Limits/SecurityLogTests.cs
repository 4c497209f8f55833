using System.Threading.Channels;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>Security events are told, but a flood of them floods no log, and what strangers call themselves forges no line.</summary>
public sealed class SecurityLogTests
{
    private const string Category = "amqtt.broker.security";

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_flood_of_one_kind_is_ten_lines_a_second_and_a_count(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Plugins.Clear());
        for (int i = 0; i < 25; i++)
        {
            WireClient client = await broker.OpenAsync();
            await client.ConnectAsync($"c{i}", expected: ReasonCode.NotAuthorized);
        }

        Assert.Equal(10, LinesOf(broker).Count(static line => line.Contains("is refused", StringComparison.Ordinal)));
        await broker.PassTimeUntilAsync(WhenLoggedAsync(broker, "more refused CONNECTs in the last second, not logged one by one: 15"));
        Assert.Equal(25, broker.Refusals("login_failed"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Text_of_a_client_is_escaped_and_its_password_is_not_there(Link link)
    {
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Plugins.Clear());
        WireClient client = await broker.OpenAsync(ProtocolVersion.V5);

        await client.ConnectAsync("evil\u202e\u2028forged", ProtocolVersion.V5, userName: "bob\u2066", password: "canary-7", expected: ReasonCode.NotAuthorized);

        string line = Assert.Single(LinesOf(broker), static line => line.Contains("is refused", StringComparison.Ordinal));
        Assert.Contains(@"evil\u202e\u2028forged", line, StringComparison.Ordinal);
        Assert.Contains(@"bob\u2066", line, StringComparison.Ordinal);
        Assert.DoesNotContain(broker.Log.Lines, static line => line.Text.AsSpan().ContainsAny("\u202e\u2028\u2066") || line.Text.Contains("canary-7", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task What_a_plugin_says_of_a_client_is_told(Link link)
    {
        var events = new EventRecorder();
        var plugin = new TransformPlugin
        {
            Publish = TransformPlugin.Now<PublishContext>(static context =>
            {
                if (string.Equals(context.Topic, "refused", StringComparison.Ordinal)) context.Refuse(text: "not\u2028that");
            }),
            Deliver = TransformPlugin.Now<DeliverContext>(static context => context.Disconnect(ReasonCode.NotAuthorized, "not you")),
        };
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin, events);
        WireClient client = await broker.ConnectAsync("client", ProtocolVersion.V5);
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("refused", "m", QoS.AtLeastOnce));
        await client.SubscribeAsync("t", QoS.AtLeastOnce);
        await client.SendAsync(new PublishPacket { Topic = "t" });
        Assert.Equal(ReasonCode.NotAuthorized, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
        await events.TakeUntilAsync("disconnected client Administrative");
        Assert.Collection(
            LinesOf(broker),
            static line => Assert.EndsWith(@"is denied by plugin TransformPlugin: Publish 'refused' not\u2028that", line, StringComparison.Ordinal),
            static line => Assert.EndsWith("is disconnected by plugin TransformPlugin: Administrative, NotAuthorized not you", line, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Who_refused_a_client_is_named(Link link)
    {
        var hears = new Hears();
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            static options => options.Limits.MaxClientIdLength = 20,
            new TurnsAway(),
            new TransformPlugin
            {
                Connect = TransformPlugin.Now<ConnectContext>(static context =>
                {
                    if (context.ClientId == "transformed") context.Refuse(text: "not so");
                }),
            },
            new Authenticates(static context => context.ClientId switch
            {
                "unsaid" => Decision.NoOpinion,
                "broken" => throw new InvalidOperationException("the plugin broke"),
                _ => Decision.Deny(text: "not you"),
            }),
            new Proves(),
            hears);
        foreach ((string client, string? method, string who, string plugin) in new[]
        {
            ("filtered", null, "plugin TurnsAway: NotAuthorized go away", "TurnsAway"),
            ("transformed", null, "plugin TransformPlugin: NotAuthorized not so", "TransformPlugin"),
            ("denied", null, "plugin Authenticates: NotAuthorized not you", "Authenticates"),
            ("broken", null, "plugin Authenticates: ServerUnavailable ", "Authenticates"),
            ("unproven", "PROOF", "plugin Proves: NotAuthorized no proof", "Proves"),
            ("unsaid", null, "the broker (no plugin allows it): NotAuthorized ", ""),
            ("with-too-long-a-client-id", null, "the broker: ClientIdentifierNotValid a client id has at most 20 bytes", ""),
        })
        {
            await broker.ConnectAsync(new ConnectPacket
            {
                Version = ProtocolVersion.V5,
                ClientId = client,
                CleanStart = true,
                Properties = new MqttProperties { AuthenticationMethod = method },
            });
            Assert.EndsWith($"is refused on listener 'default' by {who}", LinesOf(broker).Last(), StringComparison.Ordinal);
            Assert.Equal($"{client} {plugin}", await hears.NextAsync());
        }
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Who_denied_a_topic_is_named(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            configure: null,
            new Authenticates(static context =>
            {
                if (context.ClientId == "limited") context.Permissions = [];
                return true;
            }),
            new TransformPlugin
            {
                Subscribe = TransformPlugin.Now<SubscribeContext>(static context =>
                {
                    if (context[0].Filter == "transformed") context.Refuse(text: "not so");
                }),
            },
            new Filters(static context => context.Topic == "unsaid" ? Decision.NoOpinion : Decision.Deny(text: "not that")));
        WireClient client = await broker.ConnectAsync("client", ProtocolVersion.V5);
        WireClient limited = await broker.ConnectAsync("limited", ProtocolVersion.V5);
        await DeniedAsync(client, "transformed", ReasonCode.NotAuthorized);
        foreach (string topic in new[] { "denied", "unsaid" })
        {
            await DeniedAsync(client, topic, ReasonCode.NotAuthorized);
            Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync(topic, "m", QoS.AtLeastOnce));
        }

        Assert.Equal(ReasonCode.NotAuthorized, await limited.PublishAsync("t", "m", QoS.AtLeastOnce));
        Assert.Equal(
            [
                "plugin TransformPlugin: Subscribe 'transformed' not so",
                "plugin Filters: Subscribe 'denied' not that",
                "plugin Filters: Publish 'denied' not that",
                "the broker (no plugin allows it): Subscribe 'unsaid' ",
                "the broker (no plugin allows it): Publish 'unsaid' ",
                "the permissions it was granted: Publish 't' ",
            ],
            LinesOf(broker).Select(static line => line.Split("is denied by ")[^1]));
        Assert.Equal(3, broker.Refusals("subscribe_denied"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Who_refused_a_single_filter_is_named(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            configure: null,
            new TransformPlugin
            {
                Subscribe = TransformPlugin.Later<SubscribeContext>(static context =>
                {
                    SubscribeFilter filter = context[1];
                    filter.Refuse(ReasonCode.QuotaExceeded);
                }),
                Unsubscribe = TransformPlugin.Now<UnsubscribeContext>(static context =>
                {
                    if (context.Count > 1) context.Refuse(1);
                    else context.Refuse(ReasonCode.NotAuthorized, "stay");
                }),
            },
            new Filters(static _ => true));
        WireClient client = await broker.ConnectAsync("client", ProtocolVersion.V5);
        await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new("a", default), new("b", default)] });
        await client.ExpectAsync(new SubAckPacket { PacketId = 1, Reasons = [ReasonCode.Success, ReasonCode.QuotaExceeded] });
        await client.SendAsync(new UnsubscribePacket { PacketId = 2, Filters = ["a", "b"] });
        await client.ExpectAsync(new UnsubAckPacket { PacketId = 2, Reasons = [ReasonCode.Success, ReasonCode.NotAuthorized] });
        await client.SendAsync(new UnsubscribePacket { PacketId = 3, Filters = ["c"] });
        await client.ReceiveAsync<UnsubAckPacket>();
        Assert.Equal(
            ["plugin TransformPlugin: Subscribe 'b' ", "plugin TransformPlugin: Unsubscribe 'b' ", "plugin TransformPlugin: Unsubscribe 'c' stay"],
            LinesOf(broker).Select(static line => line.Split("is denied by ")[^1]));
        Assert.Equal(1, broker.Refusals("subscribe_denied"));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Who_refused_a_will_that_was_due_is_named(Link link)
    {
        var hears = new Hears();
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            configure: null,
            new TransformPlugin
            {
                Will = TransformPlugin.Later<WillContext>(static context => context.Topic += "/moved"),
                Publish = TransformPlugin.Now<PublishContext>(static context =>
                {
                    if (context.Topic == "refused/moved") context.Refuse(text: "not so");
                }),
            },
            new Filters(static context => context.Topic == "denied/moved" ? Decision.Deny(text: "not that") : true),
            hears);
        foreach (string topic in new[] { "refused", "denied" })
        {
            WireClient client = await broker.ConnectAsync(topic, ProtocolVersion.V5, will: new WillMessage { Topic = topic });
            await client.DisposeAsync();
            Assert.Equal($"dropped {topic}/moved", await hears.NextAsync());
        }

        Assert.Equal(
            ["plugin TransformPlugin: Publish 'refused/moved' not so", "plugin Filters: Publish 'denied/moved' not that"],
            LinesOf(broker).Select(static line => line.Split("is denied by ")[^1]));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task Which_plugin_disconnected_a_client_or_deleted_its_session_is_named(Link link)
    {
        var probe = new Probe();
        var hears = new Hears();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, probe, hears);
        WireClient[] clients = [await broker.ConnectAsync("sent-away", ProtocolVersion.V5), await broker.ConnectAsync("forgotten", ProtocolVersion.V5), await broker.ConnectAsync("by-us", ProtocolVersion.V5)];
        Assert.True(await probe.Broker.DisconnectAsync("sent-away", new() { Reason = ReasonCode.NotAuthorized, Text = "go" }));
        Assert.True(await probe.Broker.DeleteSessionAsync("forgotten"));
        Assert.True(await broker.Broker.DisconnectAsync("by-us"));
        foreach (WireClient client in clients) await client.ReceiveAsync<DisconnectPacket>();
        foreach (string expected in new[] { "sent-away Probe", "forgotten Probe", "by-us " }) Assert.Equal($"disconnected {expected}", await hears.NextAsync());
        Assert.Collection(
            LinesOf(broker),
            static line => Assert.EndsWith("is disconnected by plugin Probe: Administrative, NotAuthorized go", line, StringComparison.Ordinal),
            static line => Assert.EndsWith("is disconnected by plugin Probe: Administrative, AdministrativeAction ", line, StringComparison.Ordinal),
            static line => Assert.EndsWith("is disconnected: Administrative, AdministrativeAction ", line, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_client_without_a_user_is_said_to_have_none(Link link)
    {
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, new Authenticates(static context => context.ClientId == "owned" || context.UserName == "owner"));
        await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "nobody", CleanStart = true });
        await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "owned", UserName = "owner" });
        await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "owned" });
        string[] lines = [.. LinesOf(broker)];
        Assert.StartsWith("client 'nobody' from ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("client id 'owned' belongs to another user; the claim of a client without a user from ", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(lines, static line => line.Contains("''", StringComparison.Ordinal));
    }

    private static async Task DeniedAsync(WireClient client, string filter, ReasonCode expected)
    {
        await client.SendAsync(new SubscribePacket { PacketId = 1, Subscriptions = [new SubscriptionRequest(filter, default)] });
        Assert.Equal([expected], (await client.ReceiveAsync<SubAckPacket>()).Reasons);
    }

    private static IEnumerable<string> LinesOf(TestBroker broker) =>
        broker.Log.Lines.Where(static line => line.Category == Category).Select(static line => line.Text);

    private static async Task WhenLoggedAsync(TestBroker broker, string text)
    {
        while (!LinesOf(broker).Contains(text)) await Task.Delay(5);
    }

    private sealed class TurnsAway : BrokerPlugin, IConnectionFilter
    {
        public ValueTask<Decision> FilterConnectionAsync(ConnectionContext context) =>
            new(context.ClientId == "filtered" ? Decision.Deny(text: "go away") : Decision.NoOpinion);
    }

    private sealed class Proves : BrokerPlugin, IEnhancedAuthPlugin, IAuthExchange
    {
        public string Method => "PROOF";

        public IAuthExchange Begin(AuthenticateContext context) => this;

        public ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel) => new(AuthStep.Fail(text: "no proof"));
    }

    /// <summary>The plugins that refused or disconnected clients, and the messages that were dropped, as others are told.</summary>
    private sealed class Hears : BrokerPlugin
    {
        private readonly Channel<string> _heard = Channel.CreateUnbounded<string>();

        public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) => _heard.Writer.WriteAsync($"{e.ClientId} {e.Plugin}", cancel);

        public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) =>
            e.Cause == DisconnectCause.Administrative ? _heard.Writer.WriteAsync($"disconnected {e.ClientId} {e.Plugin}", cancel) : default;

        public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel) =>
            e.Stage == MessageStage.Dropped ? _heard.Writer.WriteAsync($"dropped {e.Message.Topic}", cancel) : default;

        public async Task<string> NextAsync() => await _heard.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
