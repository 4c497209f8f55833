using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Cli.Tests;

/// <summary>PF-21: a secret appears in nothing that is printed: log at its most talkative, errors, listings, the effective configuration, the schema.</summary>
public sealed partial class SecretTests : IDisposable
{
    private const string Canary = "c4n4ry-5ecret";

    private const string Keeper =
        """
        using System.ComponentModel.DataAnnotations;
        using Amqtt.Plugins;
        using Microsoft.Extensions.Logging;

        namespace Acme;

        public sealed class Keeper(Keeper.Config config, ILogger<Keeper> logger) : BaseAuthPlugin
        {
            public sealed class Config
            {
                public required Secret Password { get; init; }
                public List<Secret> More { get; init; } = [];
                [Range(1, 5)] public int Level { get; init; } = 1;
            }

            public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel)
            {
                logger.LogInformation("kept {Password} and {@Config} and {More}", config.Password, config, string.Join(", ", config.More));
                return default;
            }

            public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) =>
                throw new InvalidOperationException($"with {config.Password} for {context.UserName}");
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PF_21_a_secret_appears_in_nothing_that_is_printed()
    {
        _folder.Write("plugins/Keeper.cs", Keeper);
        var file = _folder.Write("broker.yaml", Yaml("level: 2"));
        var wrong = _folder.Write("wrong.yaml", Yaml("level: 9, unknown: 1"));
        var twisted = _folder.Write("twisted.yaml", Yaml("level: 2").Replace($"[{Canary}]", $"{{a: {Canary}}}", StringComparison.Ordinal));
        var printed = new List<string>();
        foreach (var command in (string[][])[["config", "show", file], ["config", "check", file], ["config", "schema"], ["plugins", "list", file],
            ["plugins", "explain", file, "--client", "c", "--topic", "t"], ["-d", "config", "check", wrong], ["-d", "config", "show", wrong], ["-d", "-c", wrong], ["config", "check", twisted]])
        {
            var (_, output, error) = await AmqttProcess.RunAsync(command, Variables);
            Assert.NotEmpty(output + error);
            printed.Add($"{string.Join(' ', command)}\n{output}{error}");
        }

        await using var amqtt = AmqttProcess.Start(["-d", "-c", file], Variables);
        var port = int.Parse(PortIn().Match(await amqtt.LineAsync(line => PortIn().IsMatch(line))).Groups[1].Value);
        await amqtt.LineAsync(line => line.Contains(" kept ", StringComparison.Ordinal));
        var client = await WireClient.ConnectTcpAsync(new IPEndPoint(IPAddress.Loopback, port));
        await client.SendAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = "c", UserName = "u", Password = System.Text.Encoding.UTF8.GetBytes(Canary), CleanStart = true });
        Assert.Equal(ReasonCode.ServerUnavailable, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.DisposeAsync();
        _folder.Write("broker.yaml", Yaml("level: 9"));
        var (_, reloaded, mistakes) = await AmqttProcess.RunAsync(["config", "reload", file], Variables);
        printed.Add(reloaded + mistakes);
        _folder.Write("broker.yaml", Yaml("level: 3"));
        (_, reloaded, mistakes) = await AmqttProcess.RunAsync(["config", "reload", file], Variables);
        printed.Add(reloaded + mistakes);
        Assert.Contains("plugins started: Keeper", reloaded, StringComparison.Ordinal);
        amqtt.Signal(PosixSignal.SIGTERM);
        await amqtt.ExitAsync();
        printed.Add(amqtt.Output + amqtt.Error);

        Assert.Contains(printed, static text => text.Contains("***", StringComparison.Ordinal));
        Assert.All(printed, static text => Assert.DoesNotContain(Canary, text, StringComparison.Ordinal));
    }

    private Dictionary<string, string> Variables => new() { ["XDG_RUNTIME_DIR"] = Path.GetDirectoryName(_folder.Write("run/x", ""))!, ["KEEPER_SECRET"] = Canary };

    private static string Yaml(string more) =>
        $"listeners: {{default: {{bind: '127.0.0.1:0'}}}}\nplugins:\n  Acme.Keeper: {{password: '${{env:KEEPER_SECRET}}', more: [{Canary}], {more}}}\n";

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex PortIn();
}
