using System.Text.Json;
using Amqtt.Cli.Commands.Clients.Bench;

namespace Amqtt.Cli.Tests.Clients;

public sealed class BenchCommandTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Publishers_and_subscribers_measure_a_broker_together()
    {
        await using var sub = AmqttProcess.Start("bench", "sub", "--url", broker.Url, "--clients", "2", "-q", "1", "--duration", "120", "--count", "50", "--json");
        // Whatever is published before the subscribers are there reaches nobody, so it goes on until they have seen enough.
        for (var round = 0; round < 20; round++)
        {
            var (code, output, error) = await AmqttProcess.RunAsync("bench", "pub", "--url", broker.Url, "--clients", "2", "-q", "1", "--count", "200", "--duration", "60", "--json");
            Assert.True(code == 0, error);
            var json = JsonDocument.Parse(output).RootElement;
            Assert.Equal((200, 0), (json.GetProperty("count").GetInt64(), json.GetProperty("failed").GetInt64()));
            Assert.True(json.GetProperty("latency_ms").GetProperty("p99").GetDouble() > 0);
            if (await Task.WhenAny(sub.ExitAsync(), Task.Delay(200)) is Task<int>)
                break;
        }

        Assert.Equal(0, await sub.ExitAsync());
        var received = JsonDocument.Parse(sub.Output).RootElement;
        Assert.True(received.GetProperty("count").GetInt64() >= 50);
        Assert.True(received.GetProperty("latency_ms").GetProperty("p50").GetDouble() > 0);
    }

    [Fact]
    public async Task Connects_are_counted_and_a_broker_that_is_not_there_is_exit_1()
    {
        var (code, output, error) = await AmqttProcess.RunAsync("bench", "conn", "--url", broker.Url, "--count", "20", "--duration", "60");
        Assert.True(code == 0, error);
        Assert.Matches(@"connects +20\n", output);
        Assert.Equal(1, (await AmqttProcess.RunAsync("bench", "conn", "--url", "mqtt://127.0.0.1:1", "--count", "2", "--duration", "60")).ExitCode);
    }

    [Theory]
    [InlineData("--count", "0", "1 or more")]
    [InlineData("--inflight", "0", "1 or more")]
    [InlineData("--clients", "0", "1 to 100000")]
    [InlineData("--duration", "0", "more than 0 and at most 86400 seconds")]
    [InlineData("--rate", "-1", "0 to 10000000 a second")]
    [InlineData("--size", "-1", "0 to 268000000 bytes")]
    public async Task What_cannot_be_measured_is_said_with_what_could_be(string option, string value, string expected)
    {
        var (code, _, error) = await AmqttProcess.RunAsync("bench", "pub", "--url", "mqtt://127.0.0.1:1", option, value);
        Assert.Equal((1, $"❌ {option} {value}: expected {expected}."), (code, error.TrimEnd()));
    }

    [Fact]
    public void Percentiles_are_right_within_three_percent()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100_000; i++)
            histogram.Record(TimeSpan.FromMicroseconds(i));
        foreach (var percent in new[] { 1.0, 50, 90, 99, 99.9, 100 })
        {
            var exact = percent;
            Assert.InRange(histogram.PercentileMilliseconds(percent), exact, exact * 1.032);
        }

        Assert.Equal(100, histogram.MaxMilliseconds);
    }
}
