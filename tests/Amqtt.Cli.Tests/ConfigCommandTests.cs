namespace Amqtt.Cli.Tests;

public sealed class ConfigCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PF_5_a_file_with_six_mistakes_reports_six()
    {
        var file = _folder.Write("six.yaml", """
            listeners:
              default:
                bind: 127.0.0.1:99999
                max_conections: 10
              tls:
                bind: 127.0.0.1:8883
                ssl: on
            limits:
              max_qos: 3
            plugins:
              anonymous:
                alow_anonymous: true
              no.such.Plugin:
            """);

        foreach (var command in new[] { ["-c", file], new[] { "config", "check", file } })
        {
            var (code, output, error) = await AmqttProcess.RunAsync(command);

            Assert.Equal(1, code);
            Assert.Empty(output);
            Assert.Equal(
                [
                    $"❌ {file}:3:11: listeners.default.bind: ",
                    $"❌ {file}:4:5: listeners.default.max_conections: unknown key; did you mean 'max_connections'?",
                    $"❌ {file}:7:10: listeners.tls.ssl: TLS is on without a certificate; expected 'certfile' and 'keyfile'",
                    $"❌ {file}:9:12: limits.max_qos: expected a whole number from 0 to 2, but found '3'",
                    $"❌ {file}:12:5: plugins.anonymous.alow_anonymous: unknown key; did you mean 'allow_anonymous'?",
                    $"❌ {file}:13:3: plugins.no.such.Plugin: ",
                ],
                error.TrimEnd('\n').Split('\n').Select(Shortened));
        }
    }

    [Theory]
    [InlineData("a: [1\n", ":2:1: YAML syntax: ")]
    [InlineData("a: b\n  c: d\n", ":2:4: YAML syntax: ")]
    [InlineData("\"listeners\n", ":1:1: YAML syntax: ")]
    public async Task P_A13_a_syntax_error_stops_with_line_and_column(string yaml, string place)
    {
        var file = _folder.Write("broken.yaml", yaml);

        var (code, output, error) = await AmqttProcess.RunAsync("-c", file);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.StartsWith($"❌ {file}{place}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-c")]
    [InlineData("config", "check")]
    public async Task A_plugin_for_a_listener_that_does_not_exist_stops(params string[] command)
    {
        var file = _folder.Write("broker.yaml", "listeners: {default: {bind: null}, inside: }\nplugins:\n  - anonymous:\n      $listeners: [insid]\n");

        var (code, _, error) = await AmqttProcess.RunAsync([.. command, file]);

        Assert.Equal(1, code);
        Assert.Contains("plugins.anonymous.$listeners: expected names of listeners (default, inside), but found 'insid'; did you mean 'inside'?", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-c")]
    [InlineData("config", "check")]
    [InlineData("config", "show")]
    public async Task P_A13_a_missing_file_stops(params string[] command)
    {
        var (code, output, error) = await AmqttProcess.RunAsync([.. command, "/no/such.yaml"]);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Equal("❌ /no/such.yaml: the configuration file does not exist\n", error);
    }

    [Fact]
    public async Task Config_check_accepts_what_is_right_and_warns_of_what_is_odd()
    {
        var file = _folder.Write("good.yaml", "listeners:\n  default: {bind: null}\n  default: {bind: '::1:1883'}\nplugins: [anonymous]\n");

        var (code, output, error) = await AmqttProcess.RunAsync("config", "check", file);

        Assert.Equal(0, code);
        Assert.Equal($"✅ {file}: no mistakes found (listeners: default; plugins: 1)\n", output);
        Assert.Equal([$"⚠️ {file}:3:3: ", $"⚠️ {file}:3:19: "], error.TrimEnd('\n').Split('\n').Select(line => line[..(line.IndexOf(": ", StringComparison.Ordinal) + 2)]));
    }

    [Fact]
    public async Task Config_check_reads_the_files_of_plugins()
    {
        _folder.Write("acl", "topic read a\ntopics b\n");
        var file = _folder.Write("files.yaml", "plugins:\n  auth_file: {password_file: nobody}\n  acl:\n    acl_file: acl\n");

        var (code, _, error) = await AmqttProcess.RunAsync("config", "check", file);

        Assert.Equal(1, code);
        Assert.Collection(
            error.TrimEnd('\n').Split('\n'),
            line => Assert.StartsWith($"❌ {file}:2:30: plugins.auth_file.password_file: the password file ", line, StringComparison.Ordinal),
            line =>
            {
                Assert.StartsWith($"❌ {file}:4:15: plugins.acl.acl_file: the access control list ", line, StringComparison.Ordinal);
                Assert.Contains("cannot be used: acl:2: expected 'user NAME'", line, StringComparison.Ordinal);
            });
    }

    [Fact]
    public async Task Config_show_prints_what_can_be_used_again()
    {
        var file = _folder.Write("small.yaml", "limits: {max_inflight: 7, max_queued_messages: unlimited}\nlisteners: {default: {bind: '127.0.0.1:1999'}, second: {bind: null, limits: {max_inflight: 9}}}\n");

        var first = await AmqttProcess.RunAsync("config", "show", file);
        var again = await AmqttProcess.RunAsync("config", "show", _folder.Write("shown.yaml", first.Output));

        Assert.Equal(0, first.ExitCode);
        Assert.Contains("\n  max_inflight: 7\n", first.Output, StringComparison.Ordinal);
        Assert.Contains("\n    limits:\n      max_inflight: 9\n", first.Output, StringComparison.Ordinal);
        Assert.Contains("\n  - amqtt.plugins.authentication.AnonymousAuthPlugin:\n      allow_anonymous: true\n", first.Output, StringComparison.Ordinal);
        Assert.Equal(WithoutComment(first.Output), WithoutComment(again.Output));
    }

    [Fact]
    public async Task Config_show_prints_what_is_said_about_a_plugin_beside_its_options()
    {
        string[] reserved = ["$id: taboo", "$required: false", "$timeout: 3s", "$on_error: skip", "$topics: [\"a/#\", b]", "$listeners: [default]", "$offload: true", "$max_concurrency: 4"];
        var file = _folder.Write("small.yaml", $"plugins:\n  - topic_taboo: {{{string.Join(", ", reserved)}}}\n");

        var first = await AmqttProcess.RunAsync("config", "show", file);
        var again = await AmqttProcess.RunAsync("config", "show", _folder.Write("shown.yaml", first.Output));

        Assert.All(reserved, line => Assert.Contains($"\n      {line}\n", first.Output, StringComparison.Ordinal));
        Assert.Equal(WithoutComment(first.Output), WithoutComment(again.Output));
    }

    [Fact]
    public async Task Config_show_without_a_file_shows_a_broker_on_loopback()
    {
        var (code, output, _) = await AmqttProcess.RunAsync("config", "show");

        Assert.Equal(0, code);
        Assert.Contains("bind: localhost:1883\n", output, StringComparison.Ordinal);
    }

    private static string WithoutComment(string yaml) => yaml[yaml.IndexOf('\n', StringComparison.Ordinal)..];

    // Long messages have golden tests of their own; here their place counts.
    private static string Shortened(string line)
    {
        foreach (var key in new[] { "bind: ", "no.such.Plugin: " })
        {
            if (line.IndexOf(key, StringComparison.Ordinal) is > 0 and var at)
                return line[..(at + key.Length)];
        }

        return line;
    }
}
