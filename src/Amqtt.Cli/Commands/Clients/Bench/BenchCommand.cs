using System.CommandLine;
using System.Diagnostics;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Commands.Clients.Bench;

/// <summary><c>amqtt bench pub|sub|conn</c>: loads any broker and says how it did.</summary>
internal sealed class BenchCommand(Terminal terminal)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public Command Build(Option<bool> debug) => new("bench", "Load a broker and measure it.")
    {
        new Kind(terminal, "pub", "Publish at a rate, or as fast as the broker takes it.", hasMessages: true).Build(debug, static (run, clients, cancel) => new PublishLoad(run).RunAsync(clients, cancel)),
        new Kind(terminal, "sub", "Subscribe and count what arrives; with messages of 'bench pub' also how long they took.", hasMessages: true).Build(debug, static (run, clients, cancel) => new SubscribeLoad(run).RunAsync(clients, cancel)),
        new Kind(terminal, "conn", "Connect and disconnect.", hasMessages: false).Build(debug, static (run, _, cancel) => new ConnectLoad(run).RunAsync(cancel)),
    };

    /// <summary>What a load has to know.</summary>
    internal sealed record Run(ClientOptions Options, ConnectArguments Arguments, ILoggerFactory Loggers, BenchResult Result, string Topic, QoS QoS, int Size, double Rate, int Window, long Count, int Clients)
    {
        /// <summary>The topic of one client: <c>%i</c> stands for its number.</summary>
        public string TopicOf(int client) => Topic.Replace("%i", $"{client}", StringComparison.Ordinal);

        /// <summary>Options of one client.</summary>
        public ClientOptions OptionsOf(int client)
        {
            var own = Options.Clone();
            own.ClientId = $"{Options.ClientId}-{client}";
            return own;
        }
    }

    private sealed class Kind(Terminal terminal, string name, string description, bool hasMessages)
    {
        private readonly ConnectionArguments _connection = new();
        private readonly Option<int> _clients = new("--clients", "-C") { Description = "Connections at a time. Default 1.", HelpName = "N", DefaultValueFactory = _ => 1 };
        private readonly Option<double> _duration = new("--duration") { Description = "Stop after so long. Default 10.", HelpName = "SECONDS", DefaultValueFactory = _ => 10 };
        private readonly Option<long> _count = new("--count", "-n") { Description = "Stop after so many, of all clients together. Default: no end but the duration.", HelpName = "N", DefaultValueFactory = _ => long.MaxValue };
        private readonly Option<double> _rate = new("--rate") { Description = "So many a second, of each client. Default: as many as possible.", HelpName = "N" };
        private readonly Option<bool> _json = new("--json") { Description = "Print the result as JSON." };
        private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress while it runs." };
        private readonly Option<string> _topic = new("--topic", "-t") { Description = "Topic or filter; %i is the number of the client. Default amqtt/bench/%i.", HelpName = "TOPIC", DefaultValueFactory = _ => "amqtt/bench/%i" };
        private readonly Option<int> _qos = new("--qos", "-q") { Description = "QoS. Default 0.", HelpName = "QOS" };
        private readonly Option<int> _size = new("--size") { Description = "Bytes of a payload, at least 16 to measure latency. Default 64.", HelpName = "BYTES", DefaultValueFactory = _ => 64 };
        private readonly Option<int> _window = new("--inflight") { Description = "Publishes of each client that wait for the broker at a time. Default 20.", HelpName = "N", DefaultValueFactory = _ => 20 };

        public Command Build(Option<bool> debug, Func<Run, int, CancellationToken, Task> load)
        {
            var command = new Command(name, description) { _clients, _duration, _count, _rate, _json, _quiet };
            if (hasMessages)
            {
                foreach (var option in new Option[] { _topic, _qos, _size, _window })
                    command.Options.Add(option);
            }

            _connection.AddTo(command);
            command.SetAction((result, cancel) => ClientSession.RunAsync(terminal, result.GetValue(debug), async (loggers, stop) =>
            {
                var run = Read(result, loggers);
                var measured = await MeasureAsync(run, TimeSpan.FromSeconds(result.GetValue(_duration)), result.GetValue(_quiet), load, stop);
                if (result.GetValue(_json))
                    measured.WriteJson(terminal.Output);
                else
                    measured.WriteTable(terminal.Output);
                return measured.Failed > 0 || measured.Done == 0 ? 1 : 0;
            }, cancel));
            return command;
        }

        private Run Read(ParseResult result, ILoggerFactory loggers)
        {
            var (options, arguments) = _connection.Read(result, "amqtt_bench", needs5: false);
            options.Plugins.Clear();
            var (clients, qos) = (result.GetValue(_clients), hasMessages ? result.GetValue(_qos) : 0);
            if (clients is < 1 or > 100_000)
                throw new ClientException($"--clients {clients}: expected 1 to 100000.");
            if (result.GetValue(_duration) is not (> 0 and <= 86_400) and var duration)
                throw new ClientException($"--duration {duration}: expected more than 0 and at most 86400 seconds.");
            if (result.GetValue(_count) is < 1 and var count)
                throw new ClientException($"--count {count}: expected 1 or more.");
            if (result.GetValue(_rate) is not (>= 0 and <= 10_000_000) and var rate)
                throw new ClientException($"--rate {rate}: expected 0 to 10000000 a second.");
            var size = hasMessages ? result.GetValue(_size) : 0;
            if (size is < 0 or > 268_000_000)
                throw new ClientException($"--size {size}: expected 0 to 268000000 bytes.");
            var topic = hasMessages ? result.GetRequiredValue(_topic) : "";
            var window = hasMessages ? result.GetValue(_window) : 1;
            if (window < 1)
                throw new ClientException($"--inflight {window}: expected 1 or more.");
            return new(
                options, arguments, loggers, new(name, clients, qos, size), topic, ConnectionArguments.CheckQos(qos, "-q"), size, result.GetValue(_rate), window, result.GetValue(_count), clients);
        }

        private async Task<BenchResult> MeasureAsync(Run run, TimeSpan duration, bool quiet, Func<Run, int, CancellationToken, Task> load, CancellationToken stop)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var started = Stopwatch.GetTimestamp();
            var loading = load(run, run.Clients, over.Token);
            var last = (Done: 0L, At: TimeSpan.Zero);
            while (!loading.IsCompleted)
            {
                var elapsed = Stopwatch.GetElapsedTime(started);
                var wait = duration - elapsed;
                if (wait <= TimeSpan.Zero || run.Result.Done >= run.Count)
                    break;
                // A delay is cut to milliseconds, and the rest must not become a loop.
                await Task.WhenAny(loading, Task.Delay(wait < Second ? wait + TimeSpan.FromMilliseconds(1) : Second, over.Token));
                elapsed = Stopwatch.GetElapsedTime(started);
                var done = run.Result.Done;
                if (!quiet && !loading.IsCompleted && !stop.IsCancellationRequested)
                    terminal.Hint(run.Result.Progress(elapsed, done - last.Done, elapsed - last.At));
                last = (done, elapsed);
                if (stop.IsCancellationRequested)
                    break;
            }

            run.Result.Elapsed = Stopwatch.GetElapsedTime(started);
            await over.CancelAsync();
            await loading;
            return run.Result;
        }
    }
}
