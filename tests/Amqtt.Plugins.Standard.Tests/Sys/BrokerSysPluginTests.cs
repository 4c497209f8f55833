using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard.Tests.Sys;

/// <summary>P-F6 to P-F8, as a subscriber sees it.</summary>
public sealed partial class BrokerSysPluginTests
{
    private static readonly string[] Periodic =
    [
        "load/bytes/received", "load/bytes/sent", "messages/received", "messages/sent", "messages/publish/received", "messages/publish/sent", "time", "uptime", "uptime/formatted",
        "clients/connected", "clients/disconnected", "clients/maximum", "clients/total", "messages/inflight", "messages/inflight/in", "messages/inflight/out",
        "messages/inflight/stored", "messages/retained/count", "messages/subscriptions/count", "heap/size", "heap/maximum", "cpu/percent", "cpu/maximum",
    ];

    [Theory]
    [InlineData("broker_sys", 20)]
    [InlineData("sys", 20)]
    [InlineData("{amqtt.plugins.sys.broker.BrokerSysPlugin: {sys_interval: 2}}", 2)]
    [InlineData("{amqtt.plugin.sys.broker.BrokerSysPlugin: {sys-interval: 7}}", 7)]
    public async Task Twenty_three_topics_come_every_interval_and_the_version_at_once(string plugin, int interval)
    {
        await using var host = await PluginTestHost.StartAsync($"plugins: [anonymous, {plugin}]");
        var watcher = await host.ConnectAsync("watcher");
        await watcher.SubscribeAsync("$SYS/broker/#");
        var version = await watcher.ReceiveAsync();
        Assert.Equal(("$SYS/broker/version", true), (version.Topic, version.Retain));
        Assert.Matches(@"^Amqtt\.NET version \d+\.\d+\.\d+", Text(version));
        await watcher.ExpectNothingAsync();

        host.Time.Advance(TimeSpan.FromSeconds(interval) - TimeSpan.FromMilliseconds(1));
        await watcher.ExpectNothingAsync();
        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        var first = await CycleAsync(watcher);
        Assert.Equal(Periodic, first.Keys);
        Assert.Equal(interval.ToString(CultureInfo.InvariantCulture), first["uptime"]);
        Assert.Equal(host.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), first["time"]);
        Assert.Equal("2026-01-01 00:00:00+00:00", first["uptime/formatted"]);
        foreach (var topic in new[] { "heap/size", "heap/maximum", "cpu/percent", "cpu/maximum" }) Assert.Matches(Thousandths(), first[topic]);
        foreach (var (topic, value) in first.Where(pair => !pair.Key.StartsWith("heap", StringComparison.Ordinal) && !pair.Key.StartsWith("cpu", StringComparison.Ordinal) && pair.Key != "uptime/formatted"))
            Assert.True(long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _), $"{topic}: {value}");
        Assert.True(decimal.Parse(first["heap/maximum"], CultureInfo.InvariantCulture) >= decimal.Parse(first["heap/size"], CultureInfo.InvariantCulture));

        // Not retained: whoever comes now gets the version only.
        var late = await host.ConnectAsync("late");
        await late.SubscribeAsync("$SYS/broker/#");
        Assert.Equal("$SYS/broker/version", (await late.ReceiveAsync()).Topic);
        await late.ExpectNothingAsync();

        host.Time.Advance(TimeSpan.FromSeconds(interval));
        Assert.Equal(Periodic, (await CycleAsync(watcher)).Keys);
    }

    [Fact]
    public async Task Counts_are_right_after_abnormal_ends_refusals_and_takeovers()
    {
        // One loop: what is counted when a client has been answered does not depend on another loop's turn.
        var options = BrokerConfiguration.FromYaml("{listeners: {default: {type: external}}, plugins: [{anonymous: {allow_anonymous: false}}, sys], event_loops: 1}");
        await using var host = await PluginTestHost.StartAsync(options);
        var watcher = await host.ConnectAsync("watcher", "w");
        await watcher.SubscribeAsync("$SYS/broker/clients/+");
        await watcher.SubscribeAsync("$SYS/broker/messages/retained/count");
        await watcher.SubscribeAsync("$SYS/broker/messages/subscriptions/count");
        await watcher.SubscribeAsync("$SYS/broker/messages/inflight/stored");

        await using (var crashing = await host.ConnectAsync("crash", "u"))
        {
            var other = await host.ConnectAsync("other", "u"); // three at once
            await other.DisconnectAsync();
        }

        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync(null, null));
        var old = await host.ConnectAsync("same", "u");
        var taker = await host.ConnectAsync("same", "u");
        await old.WaitForEndAsync();
        await taker.PublishAsync("kept", "x", QoS.AtLeastOnce, retain: true);

        // A queue of one for somebody who is away.
        var (away, _) = await host.TryConnectAsync(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "away", CleanStart = false, UserName = "u" });
        await away.SubscribeAsync("news", QoS.AtLeastOnce);
        await away.DisconnectAsync();
        await taker.PublishAsync("news", "x", QoS.AtLeastOnce);

        host.Time.Advance(TimeSpan.FromSeconds(20));
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        while (values.Count < 7)
        {
            var message = await watcher.ReceiveAsync();
            values[message.Topic["$SYS/broker/".Length..]] = Text(message);
        }

        Assert.Equal(("2", "4", "3", "6"), (values["clients/connected"], values["clients/disconnected"], values["clients/maximum"], values["clients/total"]));
        // The version and what was retained here; one message waits.
        Assert.Equal(("2", "5", "3"), (values["messages/retained/count"], values["messages/subscriptions/count"], values["messages/inflight/stored"]));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-1", "-1")]
    [InlineData("null", "null")]
    public async Task Without_an_interval_there_is_the_version_and_a_warning(string interval, string shown)
    {
        // A packet may be on its way while the clock leaps.
        await using var host = await PluginTestHost.StartAsync($"{{limits: {{output_stall_timeout: 1d}}, plugins: {{anonymous: , sys: {{sys_interval: {interval}}}}}}}");
        Assert.Single(host.Log.At(LogLevel.Warning), line => line == $"sys_interval is {shown}: nothing but the version is published below $SYS/broker/.");
        var watcher = await host.ConnectAsync("watcher", version: ProtocolVersion.V311);
        await watcher.SubscribeAsync("$SYS/#");
        Assert.Equal("$SYS/broker/version", (await watcher.ReceiveAsync()).Topic);
        host.Time.Advance(TimeSpan.FromHours(20));
        await watcher.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("", QoS.ExactlyOnce)]
    [InlineData(", qos: 1", QoS.AtLeastOnce)]
    [InlineData(", qos: 0", QoS.AtMostOnce)]
    public async Task The_quality_of_service_is_the_granted_one_or_the_option(string option, QoS expected)
    {
        await using var host = await PluginTestHost.StartAsync($"plugins: {{anonymous: , sys: {{sys_interval: 1{option}}}}}");
        var watcher = await host.ConnectAsync("watcher");
        await watcher.SubscribeAsync("$SYS/broker/uptime", QoS.ExactlyOnce);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(expected, (await watcher.ReceiveAsync()).QoS);
    }

    [Fact]
    public async Task It_is_filtered_towards_each_receiver_and_observes_nothing()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: {anonymous: , sys: , acl: {receive_acl: {bob: ['#']}}}");
        var bob = await host.ConnectAsync("bob", "bob");
        await bob.SubscribeAsync("$SYS/#");
        host.Time.Advance(TimeSpan.FromSeconds(20));
        await bob.ExpectNothingAsync();

        Hook[] lifecycle = [Hook.BrokerPreStart, Hook.BrokerPostStart];
        Assert.All(host.Calls.All.Where(call => call.Plugin == typeof(BrokerSysPlugin)), call => Assert.Contains(call.Hook, lifecycle));
    }

    private static async Task<Dictionary<string, string>> CycleAsync(PluginTestClient watcher)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < Periodic.Length; i++)
        {
            var message = await watcher.ReceiveAsync();
            Assert.False(message.Retain);
            values.Add(message.Topic["$SYS/broker/".Length..], Text(message));
        }

        await watcher.ExpectNothingAsync();
        return values;
    }

    private static string Text(PublishPacket message) => Encoding.UTF8.GetString(message.Payload.Span);

    [GeneratedRegex(@"^\d+\.\d{3}$")]
    private static partial Regex Thousandths();
}
