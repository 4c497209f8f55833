using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Brokers;

/// <summary>
/// A broker with a plain and a TLS listener and its default plugins. It is <c>amqtt</c>, unless
/// <c>AMQTT_INTEROP_BROKER=mosquitto</c> puts Debian's mosquitto in its place: a test that fails there too is itself wrong.
/// </summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private static readonly bool IsStandIn = Environment.GetEnvironmentVariable("AMQTT_INTEROP_BROKER") == "mosquitto";

    private readonly TemporaryFolder _folder;

    private TestBroker(TemporaryFolder folder, BrokerProcess process, Target plain, Target tls) =>
        (_folder, Process, Plain, Tls) = (folder, process, plain, tls);

    public BrokerProcess Process { get; }

    public Target Plain { get; }

    public Target Tls { get; }

    public static async Task<TestBroker> StartAsync()
    {
        var folder = new TemporaryFolder();
        try
        {
            var certificates = new Certificates(folder);
            var (tcp, tls) = (FreePort.Next(), FreePort.Next());
            var process = IsStandIn ? await StartMosquittoAsync(folder, certificates, tcp, tls) : await StartAmqttAsync(folder, certificates, tcp, tls);
            return new TestBroker(folder, process, new Target(tcp, AuthorityFile: null), new Target(tls, certificates.AuthorityFile));
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

    private static Task<BrokerProcess> StartAmqttAsync(TemporaryFolder folder, Certificates certificates, int tcp, int tls)
    {
        var file = folder.Write("broker.yaml", $$"""
            listeners:
              default: {type: tcp, bind: 127.0.0.1:{{tcp}}}
              tls:
                bind: 127.0.0.1:{{tls}}
                ssl: true
                certfile: {{certificates.ServerFile}}
                keyfile: {{certificates.ServerKeyFile}}
            """);
        return BrokerProcess.StartAmqttAsync(file, tcp, tls);
    }

    private static Task<BrokerProcess> StartMosquittoAsync(TemporaryFolder folder, Certificates certificates, int tcp, int tls)
    {
        var file = folder.Write("mosquitto.conf", $"""
            user root
            allow_anonymous true
            listener {tcp} 127.0.0.1
            listener {tls} 127.0.0.1
            certfile {certificates.ServerFile}
            keyfile {certificates.ServerKeyFile}

            """);
        return BrokerProcess.StartAsync("/usr/sbin/mosquitto", ["-c", file], tcp, tls);
    }
}
