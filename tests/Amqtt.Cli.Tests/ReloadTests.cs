using System.Runtime.InteropServices;

namespace Amqtt.Cli.Tests;

/// <summary>Reading the configuration again while the broker runs, and looking at its plugins.</summary>
public sealed class ReloadTests : IDisposable
{
    private const string Listener = "listeners: {default: {bind: '127.0.0.1:0'}}\n";
    private const string OnlyTaboo = Listener + "plugins: {anonymous: , topic_taboo: }\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("signal")]
    [InlineData("command")]
    [InlineData("watch")]
    public async Task The_plugins_change_without_a_restart(string how)
    {
        var file = _folder.Write("broker.yaml", Listener + "plugins: {anonymous: }\n");
        await using var amqtt = await StartAsync(file, how == "watch" ? ["--watch"] : []);
        _folder.Write("broker.yaml", OnlyTaboo);
        if (how == "signal") amqtt.Signal(PosixSignal.SIGHUP);
        if (how == "command")
        {
            var (code, output, error) = await RunAsync("config", "reload", file);
            Assert.Equal((0, ""), (code, error));
            Assert.Contains("plugins started: TopicTabooPlugin; stopped: none; kept: AnonymousAuthPlugin", output, StringComparison.Ordinal);
        }

        await amqtt.LineAsync(line => line.Contains("reloaded: plugins started: TopicTabooPlugin", StringComparison.Ordinal));
        await EndAsync(amqtt);
    }

    [Fact]
    public async Task A_file_that_a_value_is_taken_from_is_watched_too()
    {
        _folder.Write("one/allow", "true");
        _folder.Write("other/allow", "true");
        var file = _folder.Write("broker.yaml", Taking("one/allow"));
        await using var amqtt = await StartAsync(file, "--watch");
        _folder.Write("one/allow", "false");
        await amqtt.LineAsync(line => line.Contains("reloaded: plugins started: AnonymousAuthPlugin", StringComparison.Ordinal));

        // Also after the configuration has come to name another, even a wrong one.
        _folder.Write("other/allow", "maybe");
        _folder.Write("broker.yaml", Taking("other/allow") + "  topic_taboo:\n");
        await amqtt.LineAsync(line => line.Contains("nothing has been changed", StringComparison.Ordinal));
        _folder.Write("other/allow", "true");
        await amqtt.LineAsync(line => line.Contains("reloaded: plugins started: AnonymousAuthPlugin, TopicTabooPlugin", StringComparison.Ordinal));
        await EndAsync(amqtt);

        static string Taking(string path) => Listener + $"plugins:\n  anonymous:\n    allow_anonymous: ${{file:{path}}}\n";
    }

    [Fact]
    public async Task PF_20_a_mistake_is_told_to_who_asked_and_changes_nothing()
    {
        var file = _folder.Write("broker.yaml", OnlyTaboo);
        await using var amqtt = await StartAsync(file);
        _folder.Write("broker.yaml", Listener + "plugins: {anonymous: {allow: true}, nowhere: }\nlimits: {max_qos: 7}\n");
        var (code, _, error) = await RunAsync("config", "reload", file);
        Assert.Equal(1, code);
        Assert.Contains("broker.yaml:2:", error, StringComparison.Ordinal);
        Assert.Contains("unknown plugin", error, StringComparison.Ordinal);
        Assert.Contains("max_qos", error, StringComparison.Ordinal);
        await amqtt.LineAsync(line => line.Contains("nothing has been changed", StringComparison.Ordinal));
        (_, var output, _) = await RunAsync("plugins", "list", file);
        Assert.Contains("TopicTabooPlugin", output, StringComparison.Ordinal);
        await EndAsync(amqtt);
    }

    [Fact]
    public async Task What_is_odd_about_plugins_is_said_once_at_the_start_and_once_at_a_reload()
    {
        var file = _folder.Write("broker.yaml", Listener + "plugin_path: plugins\nplugins: {anonymous: }\n");
        _folder.Write("plugins/Acme.Empty/readme.txt", "nothing");
        await using var amqtt = await StartAsync(file);
        Assert.Equal(1, Times("Acme.Empty.dll and is skipped"));
        await RunAsync("config", "reload", file);
        await amqtt.LineAsync(line => line.Contains("reloaded: plugins started", StringComparison.Ordinal));
        Assert.Equal(2, Times("Acme.Empty.dll and is skipped"));
        await EndAsync(amqtt);

        int Times(string text) => amqtt.Output.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_running_broker_the_command_says_so()
    {
        var (code, _, error) = await RunAsync("config", "reload", _folder.Write("broker.yaml", OnlyTaboo));
        Assert.Equal(1, code);
        Assert.Contains("no broker runs with", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PF_28_list_and_explain_name_plugin_hook_verdict_and_reason(bool isRunning)
    {
        var file = _folder.Write("broker.yaml", OnlyTaboo);
        await using var amqtt = isRunning ? await StartAsync(file) : null;
        var (code, output, error) = await RunAsync("plugins", "list", file);
        Assert.Equal((0, ""), (code, error));
        var state = isRunning ? "running" : "not running";
        Assert.Matches($@"(?m)^TopicTabooPlugin \(Amqtt\.Plugins\.Standard\.TopicTabooPlugin [\d.]+\): {state}$", output);
        Assert.Contains("  decides: FilterTopic", output, StringComparison.Ordinal);
        (code, output, error) = await RunAsync("plugins", "explain", file, "--client", "c", "--topic", "prohibited", "--action", "publish");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("publish 'prohibited' by client 'c':", output, StringComparison.Ordinal);
        Assert.Contains("  (client 'c' has no session: what an authentication plugin would grant it, ", output, StringComparison.Ordinal);
        Assert.Contains("  TopicTabooPlugin: FilterTopic: deny (0x87 NotAuthorized)", output, StringComparison.Ordinal);
        Assert.Contains("  (all together): FilterTopic: deny", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("plugins", "explain", file, "--client", "c", "--topic", "$share/group/prohibited", "--action", "subscribe");
        Assert.Contains("subscribe '$share/group/prohibited' by client 'c':", output, StringComparison.Ordinal);
        Assert.Contains("  TopicTabooPlugin: FilterTopic: deny", output, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("plugins", "explain", file, "--client", "c", "--topic", "fine", "--action", "receive");
        Assert.Contains("  TopicTabooPlugin: FilterTopic: allow", output, StringComparison.Ordinal);
        if (amqtt is not null) await EndAsync(amqtt);
    }

    private Dictionary<string, string> Variables => new() { ["XDG_RUNTIME_DIR"] = Path.GetDirectoryName(_folder.Write("run/x", ""))! };

    private async Task<AmqttProcess> StartAsync(string file, params string[] more)
    {
        var amqtt = AmqttProcess.Start(["-c", file, .. more], Variables);
        await amqtt.LineAsync(line => line.Contains("max_connections", StringComparison.Ordinal));
        return amqtt;
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => await AmqttProcess.RunAsync(arguments, Variables);

    private static async Task EndAsync(AmqttProcess amqtt)
    {
        amqtt.Signal(PosixSignal.SIGTERM);
        Assert.Equal(0, await amqtt.ExitAsync());
    }
}
