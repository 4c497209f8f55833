using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Brokers;

/// <summary>
/// A broker that listens over TCP and WebSocket, each with and without TLS, with its default plugins. It is <c>amqtt</c>, unless
/// <c>AMQTT_INTEROP_BROKER=mosquitto</c> puts Debian's mosquitto in its place: a test that fails there too is itself wrong.
/// </summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private static readonly bool IsStandIn = Environment.GetEnvironmentVariable("AMQTT_INTEROP_BROKER") == "mosquitto";

    private readonly TemporaryFolder _folder;

    private readonly Dictionary<Transport, Target> _targets;

    private TestBroker(TemporaryFolder folder, BrokerProcess process, Dictionary<Transport, Target> targets) => (_folder, Process, _targets) = (folder, process, targets);

    public BrokerProcess Process { get; }

    public Target Plain => this[Transport.Tcp];

    public Target Tls => this[Transport.Tls];

    public Target this[Transport transport] => _targets[transport];

    public static async Task<TestBroker> StartAsync()
    {
        var folder = new TemporaryFolder();
        try
        {
            var certificates = new Certificates(folder);
            var targets = new Dictionary<Transport, Target>
            {
                [Transport.Tcp] = new(FreePort.Next(), AuthorityFile: null),
                [Transport.Tls] = new(FreePort.Next(), certificates.AuthorityFile),
                [Transport.WebSocket] = new(FreePort.Next(), AuthorityFile: null, IsWebSocket: true),
                [Transport.SecureWebSocket] = new(FreePort.Next(), certificates.AuthorityFile, IsWebSocket: true),
            };
            var process = IsStandIn ? await StartMosquittoAsync(folder, certificates, targets) : await StartAmqttAsync(folder, certificates, targets);
            return new TestBroker(folder, process, targets);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Ends the broker, which has to succeed.</summary>
    public async ValueTask DisposeAsync()
    {
        await using (Process)
        {
            var code = await Process.StopAsync();
            if (code != 0)
                throw new InvalidOperationException($"The broker ended with {code}:{Environment.NewLine}{Process.Log}");
        }

        _folder.Dispose();
    }

    private static Task<BrokerProcess> StartAmqttAsync(TemporaryFolder folder, Certificates certificates, Dictionary<Transport, Target> targets)
    {
        var file = folder.Write("broker.yaml", $$"""
            listeners:
              default: {type: tcp, bind: 127.0.0.1:{{targets[Transport.Tcp].Port}}}
              tls: &tls
                bind: 127.0.0.1:{{targets[Transport.Tls].Port}}
                ssl: true
                certfile: {{certificates.ServerFile}}
                keyfile: {{certificates.ServerKeyFile}}
              ws: {type: ws, bind: 127.0.0.1:{{targets[Transport.WebSocket].Port}}}
              wss:
                <<: *tls
                type: ws
                bind: 127.0.0.1:{{targets[Transport.SecureWebSocket].Port}}
            """);
        return BrokerProcess.StartAmqttAsync(file, Ports(targets));
    }

    private static Task<BrokerProcess> StartMosquittoAsync(TemporaryFolder folder, Certificates certificates, Dictionary<Transport, Target> targets)
    {
        var file = folder.Write("mosquitto.conf", $"""
            user root
            allow_anonymous true
            listener {targets[Transport.Tcp].Port} 127.0.0.1
            listener {targets[Transport.WebSocket].Port} 127.0.0.1
            protocol websockets
            listener {targets[Transport.Tls].Port} 127.0.0.1
            certfile {certificates.ServerFile}
            keyfile {certificates.ServerKeyFile}
            listener {targets[Transport.SecureWebSocket].Port} 127.0.0.1
            protocol websockets
            certfile {certificates.ServerFile}
            keyfile {certificates.ServerKeyFile}

            """);
        return BrokerProcess.StartAsync("/usr/sbin/mosquitto", ["-c", file], Ports(targets));
    }

    private static int[] Ports(Dictionary<Transport, Target> targets) => [.. targets.Values.Select(target => target.Port)];
}
