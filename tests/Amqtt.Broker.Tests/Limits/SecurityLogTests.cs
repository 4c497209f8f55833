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
        await broker.PassTimeUntilAsync(WhenLoggedAsync(broker, "15 more refused CONNECTs in the last second were not logged one by one"));
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
            static line => Assert.EndsWith(@"is denied: Publish 'refused' not\u2028that", line, StringComparison.Ordinal),
            static line => Assert.EndsWith("is disconnected: Administrative, NotAuthorized not you", line, StringComparison.Ordinal));
    }

    private static IEnumerable<string> LinesOf(TestBroker broker) =>
        broker.Log.Lines.Where(static line => line.Category == Category).Select(static line => line.Text);

    private static async Task WhenLoggedAsync(TestBroker broker, string text)
    {
        while (!LinesOf(broker).Contains(text)) await Task.Delay(5);
    }
}
