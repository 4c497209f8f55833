using System.Text;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Cli.Tests.Clients;

/// <summary>P-H2, P-H3.</summary>
public sealed class PubCommandTests(BrokerFixture broker) : IClassFixture<BrokerFixture>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_message_goes_to_the_end_of_its_qos_flow(int qos)
    {
        await using var subscriber = await broker.ConnectAsync();
        await subscriber.SubscribeAsync($"pub/{qos}", (QoS)qos);
        var (code, output, error) = await AmqttProcess.RunAsync("pub", "--url", broker.Url, "-t", $"pub/{qos}", "-m", "hello", "-q", $"{qos}");
        Assert.Equal((0, "", ""), (code, output, error));
        Assert.Equal((QoS)qos, (await subscriber.ExpectPublishAsync($"pub/{qos}", "hello")).QoS);
    }

    [Fact]
    public async Task Every_source_keeps_its_bytes_and_its_order()
    {
        await using var subscriber = await broker.ConnectAsync();
        await subscriber.SubscribeAsync("src/#", QoS.AtLeastOnce);
        string[] common = ["pub", "--url", broker.Url, "-q", "1", "-t"];
        var file = _folder.Write("lines.txt", "one\r\n\ntwo\nthree");
        Assert.Equal(0, (await AmqttProcess.RunAsync([.. common, "src/f", "-f", file])).ExitCode);
        foreach (var line in new[] { "one", "", "two", "three" })
            await subscriber.ExpectPublishAsync("src/f", line);

        byte[] raw = [.. "a\nb"u8, 0xFF, 0x00, (byte)'\n'];
        Assert.Equal(0, (await AmqttProcess.RunWithInputAsync(raw, [.. common, "src/s", "-s"])).ExitCode);
        Assert.Equal(raw, (await subscriber.ReceivePublishAsync()).Payload.ToArray());

        Assert.Equal(0, (await AmqttProcess.RunWithInputAsync("x\ny\n"u8.ToArray(), [.. common, "src/l", "-l"])).ExitCode);
        await subscriber.ExpectPublishAsync("src/l", "x");
        await subscriber.ExpectPublishAsync("src/l", "y");

        Assert.Equal(0, (await AmqttProcess.RunAsync([.. common, "src/n", "-n"])).ExitCode);
        await subscriber.ExpectPublishAsync("src/n", "");
    }

    [Fact]
    public async Task Properties_need_version_5_and_choose_it()
    {
        await using var subscriber = await broker.ConnectAsync();
        await subscriber.SubscribeAsync("props");
        var (code, _, error) = await AmqttProcess.RunAsync(
            "pub", "--url", broker.Url, "-t", "props", "-m", "x", "--property", "a=1", "-D", "a=2=3", "--content-type", "text/plain", "--correlation-data", "c", "--response-topic", "r", "--utf8");
        Assert.Equal((0, ""), (code, error));
        var message = await subscriber.ReceivePublishAsync();
        Assert.Equal([new UserProperty("a", "1"), new UserProperty("a", "2=3")], message.Properties.UserProperties);
        Assert.Equal(("text/plain", "r", (byte)1), (message.Properties.ContentType, message.Properties.ResponseTopic, message.Properties.PayloadFormatIndicator!.Value));

        (code, _, error) = await AmqttProcess.RunAsync("pub", "--url", broker.Url, "-V", "3.1.1", "-t", "props", "-m", "x", "-D", "a=1");
        Assert.Equal(1, code);
        Assert.Contains("-V 5", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_prints_its_answer()
    {
        await using var responder = AmqttProcess.Start("sub", "--url", broker.Url, "-t", "service", "--response", "the answer", "-n", "1", "-q", "1", "-V", "5");
        // The responder may not be there yet: asked again until it is.
        for (var attempt = 0; ; attempt++)
        {
            var (code, output, error) = await AmqttProcess.RunAsync("pub", "--url", broker.Url, "-t", "service", "-m", "question", "--request", "--timeout", "3", "-q", "1");
            if (code != 0 && attempt < 10)
                continue;
            Assert.Equal((0, "the answer\n", ""), (code, output, error));
            break;
        }

        Assert.Equal(0, await responder.ExitAsync());
        Assert.Equal("question\n", responder.Output);
    }

    public static TheoryData<string> Wrong =>
    [
        "-t t", "-t t -m a -n", "-t t -m a -s", "-t t -m a --will-topic w", "-t t -m a --will-message w", "-t t -m a --will-retain", "-t t -m a -q 3", "-t a/+ -m a",
        "-t t -f /nonexistent", "-t t -m a -c /nonexistent", "-t t -m a --extra-headers {", "-t t -m a --extra-headers [1]", "-t t -m a --url mqtt://127.0.0.1:1 -c {quick}",
        "-t t -m a --url http://x", "-t t -m a --will-topic w/+ --will-message x", "-t t -m a --cert-file {quick}", "-t t -m a -V 7",
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_cannot_be_done_exits_1_and_says_why(string arguments)
    {
        var quick = _folder.Write("quick.yaml", "auto_reconnect: false\n");
        string[] words = arguments.Replace("{quick}", quick, StringComparison.Ordinal).Split(' ');
        string[] url = words.Contains("--url") ? [] : ["--url", broker.Url];
        var (code, output, error) = await AmqttProcess.RunAsync(["pub", .. url, .. words]);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("❌ ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-f {folder}", "-f {folder}: this is a folder; expected a file.")]
    [InlineData("-f {folder}/none", "-f {folder}/none: there is no such file.")]
    [InlineData("-m a --request --timeout -1", "--timeout -1: expected more than 0 seconds.")]
    [InlineData("-m a -P secret", "A password without a user name is for MQTT 5.0 only; expected a user name, too, or version 5.0.")]
    [InlineData("-m a --url nonsense", "The URI of the broker is not an address, or its port is not a number up to 65535; expected mqtt, mqtts, ws or wss://[user[:password]@]host[:port][/path], or unix:///path/of/socket.")]
    public async Task What_repeating_cannot_cure_is_one_line(string arguments, string expected)
    {
        var folder = Path.GetDirectoryName(_folder.Write("x", ""))!;
        string[] words = arguments.Replace("{folder}", folder, StringComparison.Ordinal).Split(' ');
        string[] url = words.Contains("--url") ? [] : ["--url", broker.Url];
        var (code, _, error) = await AmqttProcess.RunAsync(["pub", "-t", "t", .. url, .. words]);
        Assert.Equal((1, $"❌ {expected.Replace("{folder}", folder, StringComparison.Ordinal)}\n"), (code, error));
    }

    [Theory]
    [InlineData("-m", "a")]
    [InlineData("-t", "t", "-m", "a", "--bogus")]
    [InlineData("-t", "t", "-m", "a", "-q", "high")]
    public async Task Usage_errors_exit_2(params string[] arguments) => Assert.Equal(2, (await AmqttProcess.RunAsync(["pub", .. arguments])).ExitCode);

    [Fact]
    public async Task Every_option_of_amqtt_is_accepted()
    {
        var config = _folder.Write("client.yaml", """
            keep_alive: 10
            ping_delay: 1
            default_qos: 0
            default_retain: false
            auto_reconnect: true
            cleansession: true
            reconnect_max_interval: 10
            reconnect_retries: 2
            connection:
              uri: mqtt://127.0.0.1:1
            plugins:
              amqtt.plugins.logging_amqtt.PacketLoggerPlugin:
            """);
        var (code, _, error) = await AmqttProcess.RunAsync(
            "pub", "--url", broker.Url, "--config-file", config, "--client-id", "me", "--qos", "1", "-r", "--topic", "every/option", "--message", "m", "-k", "0", "--clean-session",
            "--will-topic", "w", "--will-message", "gone", "--will-qos", "1", "--will-retain", "--extra-headers", """{"X-A": "b"}""", "-d");
        Assert.True(code == 0, error);
        await using var subscriber = await broker.ConnectAsync();
        await subscriber.SubscribeAsync("every/option");
        Assert.Equal("m", Encoding.UTF8.GetString((await subscriber.ReceivePublishAsync()).Payload.Span));
        Assert.Contains("keepalive=0", error, StringComparison.Ordinal);
        Assert.Contains("""client="me" """, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Qos_and_retain_are_those_of_the_configuration_unless_they_are_given()
    {
        var config = _folder.Write("topics.yaml", """
            default_qos: 2
            default_retain: false
            topics:
              conf/topic: {qos: 1, retain: true}
            """);
        string[] common = ["pub", "--url", broker.Url, "-c", config, "-m", "x", "-t"];
        foreach (string[] arguments in new string[][] { ["conf/topic"], ["conf/other"], ["conf/given", "-q", "0", "-r"], ["conf/topic/not", "-r", "false"] })
            Assert.Equal(0, (await AmqttProcess.RunAsync([.. common, .. arguments])).ExitCode);

        await using var subscriber = await broker.ConnectAsync();
        await subscriber.SubscribeAsync("conf/#", QoS.ExactlyOnce);
        var kept = new[] { await subscriber.ReceivePublishAsync(), await subscriber.ReceivePublishAsync() };
        Assert.Equal([("conf/given", QoS.AtMostOnce), ("conf/topic", QoS.AtLeastOnce)], kept.Select(message => (message.Topic, message.QoS)).Order());
        Assert.Equal(0, (await AmqttProcess.RunAsync([.. common, "conf/other"])).ExitCode);
        Assert.Equal(QoS.ExactlyOnce, (await subscriber.ExpectPublishAsync("conf/other", "x")).QoS);
    }

    [Theory]
    [InlineData("pub")]
    [InlineData("sub")]
    public async Task Version_needs_no_topic(string command)
    {
        var (code, output, _) = await AmqttProcess.RunAsync(command, "--version");
        Assert.Equal(0, code);
        Assert.Matches(@"\A\d+\.\d+\.\d+\S*\n\z", output);
    }
}
