using System.Runtime.InteropServices;
using System.Text.Json;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Cli.Tests.Clients;

/// <summary>P-H4.</summary>
public sealed class SubCommandTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Payloads_are_printed_one_a_line_and_counted_with_the_empty_ones()
    {
        await using var publisher = await broker.ConnectAsync();
        await RetainAsync(publisher, "p/1", "one");
        await using var sub = AmqttProcess.Start("sub", "--url", broker.Url, "-t", "p/#", "-t", "other", "-q", "2", "-n", "3");
        await sub.LineAsync(line => line == "one");
        await publisher.PublishAsync("p/2", "", QoS.AtLeastOnce);
        await publisher.PublishAsync("other", "three", QoS.ExactlyOnce);
        Assert.Equal(0, await sub.ExitAsync());
        Assert.Equal("one\n\nthree\n", sub.Output);
        Assert.Empty(sub.Error);
    }

    [Fact]
    public async Task Formats_show_the_topic_or_everything()
    {
        await using var publisher = await broker.ConnectAsync();
        await RetainAsync(publisher, "f/x", "hello", new() { UserProperties = [new("a", "b")] });
        var (code, output, _) = await AmqttProcess.RunAsync("sub", "--url", broker.Url, "-t", "f/+", "-n", "1", "--format", "topic");
        Assert.Equal((0, "f/x hello\n"), (code, output));
        (code, output, _) = await AmqttProcess.RunAsync("sub", "--url", broker.Url, "-V", "5", "-t", "f/+", "-n", "1", "--format", "json");
        Assert.Equal(0, code);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("f/x", "hello", true), (json.GetProperty("topic").GetString(), json.GetProperty("payload").GetString(), json.GetProperty("retain").GetBoolean()));
        Assert.Equal("b", json.GetProperty("user_properties")[0][1].GetString());
    }

    [Fact]
    public async Task A_refused_filter_is_reported_and_all_refused_is_exit_1()
    {
        await using var publisher = await broker.ConnectAsync();
        await RetainAsync(publisher, "r/x", "hello");
        var (code, output, error) = await AmqttProcess.RunAsync("sub", "--url", broker.Url, "-t", "a/#/b", "-t", "r/x", "-n", "1");
        Assert.Equal((0, "hello\n"), (code, output));
        Assert.Contains("a/#/b", error, StringComparison.Ordinal);
        (code, output, error) = await AmqttProcess.RunAsync("sub", "--url", broker.Url, "-t", "a/#/b");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("a/#/b", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task A_signal_says_goodbye_and_exits_0(PosixSignal signal)
    {
        var topic = $"will/{signal}";
        await using var watcher = await broker.ConnectAsync();
        await watcher.SubscribeAsync(topic);
        await RetainAsync(watcher, $"s/{signal}", "ready");
        await using var sub = AmqttProcess.Start("sub", "--url", broker.Url, "-t", $"s/{signal}", "--will-topic", topic, "--will-message", "gone");
        await sub.LineAsync(line => line == "ready");
        sub.Signal(signal);
        Assert.Equal(0, await sub.ExitAsync());
        // DISCONNECT was sent, so there is no will.
        await watcher.ExpectNothingMoreAsync();
    }

    [Fact]
    public async Task No_connection_is_exit_1()
    {
        using var folder = new TemporaryFolder();
        var quick = folder.Write("quick.yaml", "auto_reconnect: false\n");
        var (code, _, error) = await AmqttProcess.RunAsync("sub", "--url", "mqtt://127.0.0.1:1", "-t", "t", "-c", quick);
        Assert.Equal(1, code);
        Assert.Contains("127.0.0.1:1", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_lost_for_good_is_exit_1()
    {
        using var folder = new TemporaryFolder();
        var quick = folder.Write("quick.yaml", "auto_reconnect: false\n");
        await using var other = new BrokerFixture();
        await other.InitializeAsync();
        await using var publisher = await other.ConnectAsync();
        await RetainAsync(publisher, "t", "ready");
        await using var sub = AmqttProcess.Start("sub", "--url", other.Url, "-t", "t", "-c", quick);
        await sub.LineAsync(line => line == "ready");
        await other.DisposeAsync();
        Assert.Equal(1, await sub.ExitAsync());
        Assert.Contains("❌ ", sub.Error, StringComparison.Ordinal);
    }

    private static Task<ReasonCode> RetainAsync(WireClient publisher, string topic, string payload, MqttProperties? properties = null) =>
        publisher.PublishAsync(topic, payload, QoS.AtLeastOnce, retain: true, properties);
}
