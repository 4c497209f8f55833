using System.Text;
using System.Text.Json.Nodes;
using Amqtt.Plugins;
using Amqtt.Plugins.Testing;
using Amqtt.Protocol;
using Recipes;

namespace Amqtt.Recipes.Tests;

public sealed class TransformRecipeTests
{
    [Fact]
    public async Task EnrichPayload_says_who_and_when_below_its_topics()
    {
        await using var host = await PluginTestHost.StartAsync<EnrichPayload>("$topics: [sensors/#]");
        await using var client = await host.ConnectAsync("c1");
        await client.SubscribeAsync("#");

        await client.PublishAsync("sensors/1", """{"value":42}""", QoS.AtLeastOnce);
        var message = JsonNode.Parse((await client.ReceiveAsync()).Payload.Span)!;
        Assert.Equal((42, "c1", "2026-01-01T00:00:00.0000000+00:00"), ((int)message["value"]!, (string)message["client"]!, (string)message["received"]!));

        Assert.Equal(ReasonCode.PayloadFormatInvalid, await client.PublishAsync("sensors/1", "no JSON", QoS.AtLeastOnce));
        await client.PublishAsync("other", "no JSON", QoS.AtLeastOnce);
        Assert.Equal("no JSON", Encoding.UTF8.GetString((await client.ReceiveAsync()).Payload.Span));
    }

    [Theory]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task CheckPayload_says_what_is_wrong_and_nobody_gets_it(ProtocolVersion version)
    {
        await using var host = await PluginTestHost.StartAsync<CheckPayload>("{$topics: [sensors/#], fields: {value: number, unit: text}}");
        await using var client = await host.ConnectAsync("c1", version: version);
        await client.SubscribeAsync("#");
        foreach (var (payload, problem) in new[]
        {
            ("", "expected JSON"),
            ("no JSON", "expected JSON"),
            ("[]", "expected one JSON object"),
            ("{} {}", "expected one JSON object"),
            ("""{"value":1}""", "'unit' is missing"),
            ("""{"value":"1","unit":"C"}""", "'value' is not a number"),
        })
        {
            var answer = await client.TryPublishAsync("sensors/1", payload);
            (ReasonCode, string?) expected = version == ProtocolVersion.V5 ? (ReasonCode.PayloadFormatInvalid, problem) : (ReasonCode.Success, null);
            Assert.Equal(expected, (answer.Reason, answer.Properties.ReasonString));
        }

        await client.PublishAsync("sensors/1", """{"value":1,"unit":"C"}""", QoS.AtLeastOnce);
        await client.ExpectAsync("sensors/1", """{"value":1,"unit":"C"}""");
        await client.PublishAsync("sensors/1", "", QoS.AtLeastOnce, retain: true);
        await client.ExpectAsync("sensors/1", "");
        await client.PublishAsync("other", "no JSON", QoS.AtLeastOnce);
        await client.ExpectAsync("other", "no JSON");
    }

    [Fact]
    public async Task RewriteTopic_moves_a_prefix()
    {
        await using var host = await PluginTestHost.StartAsync<RewriteTopic>("prefixes: {old/: new/}");
        await using var client = await host.ConnectAsync("c1");
        await client.SubscribeAsync("#");

        await client.PublishAsync("old/a", "x");
        await client.PublishAsync("else/a", "x");

        Assert.Equal(["new/a", "else/a"], [(await client.ReceiveAsync()).Topic, (await client.ReceiveAsync()).Topic]);
    }

    [Fact]
    public async Task TenantPrefix_keeps_tenants_apart_and_stays_invisible()
    {
        await using var host = await PluginTestHost.StartAsync<TenantPrefix>(configure: options => options.Plugins.Add<AllowEverybody>());
        await using var alice = await host.ConnectAsync("a", "alice");
        await using var bob = await host.ConnectAsync("b", "bob");
        await alice.SubscribeAsync("#");
        await bob.SubscribeAsync("#");
        await bob.SubscribeAsync("$share/g/x/+");

        await alice.PublishAsync("x/y", "from alice", QoS.AtLeastOnce);
        Assert.Equal("x/y", (await alice.ReceiveAsync()).Topic);
        await bob.ExpectNothingAsync();

        Assert.Equal(ReasonCode.Success, await alice.UnsubscribeAsync("#"));
        await alice.PublishAsync("x/y", "nobody listens", QoS.AtLeastOnce);
        await alice.ExpectNothingAsync();
        await Assert.ThrowsAsync<PluginTestException>(() => host.ConnectAsync("c", "a/+"));
    }

    [Fact]
    public async Task RateLimit_refuses_beyond_the_burst_and_recovers_with_time()
    {
        await using var host = await PluginTestHost.StartAsync<RateLimit>("{per_second: 1, burst: 2}");
        await using var client = await host.ConnectAsync("c1");

        var answers = new List<ReasonCode>();
        for (var i = 0; i < 3; i++) answers.Add(await client.PublishAsync("a", "x", QoS.AtLeastOnce));
        host.Time.Advance(TimeSpan.FromSeconds(1));
        answers.Add(await client.PublishAsync("a", "x", QoS.AtLeastOnce));
        answers.Add(await client.PublishAsync("a", "x", QoS.AtLeastOnce));

        Assert.Equal([ReasonCode.NoMatchingSubscribers, ReasonCode.NoMatchingSubscribers, ReasonCode.QuotaExceeded, ReasonCode.NoMatchingSubscribers, ReasonCode.QuotaExceeded], answers);
    }

    private sealed class AllowEverybody : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => Decision.Allow;
    }
}
