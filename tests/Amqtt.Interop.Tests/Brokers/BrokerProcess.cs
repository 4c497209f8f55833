using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Brokers;

/// <summary>A broker running as a process of its own, as an operator would start it.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(20);

    // The budget of the youngest generation follows the processor's cache, which on some machines is a quarter of a gigabyte: as much
    // garbage as that would hide what a broker keeps.
    private static readonly Dictionary<string, string> Environment = new() { ["DOTNET_GCgen0size"] = "0x400000" };

    private readonly LineProcess _process;

    private BrokerProcess(LineProcess process) => _process = process;

    public int Id => _process.Id;

    /// <summary>What the broker has logged so far.</summary>
    public string Log => _process.Transcript;

    /// <summary>Starts <c>amqtt -c FILE</c> and returns when it accepts on every port.</summary>
    public static Task<BrokerProcess> StartAmqttAsync(string configurationFile, params int[] ports) =>
        StartAsync("dotnet", [Build.Amqtt, "-c", configurationFile], ports);

    /// <summary>Starts any broker's command and returns when it accepts on every port.</summary>
    public static async Task<BrokerProcess> StartAsync(string command, string[] arguments, params int[] ports)
    {
        var process = LineProcess.Start(command, arguments, environment: Environment);
        try
        {
            foreach (var port in ports)
                await AcceptsAsync(process, port);
            return new BrokerProcess(process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public Task<string> LogLineAsync(Func<string, bool> wanted) => _process.LineAsync(wanted);

    /// <summary>Asks the broker to end and returns its exit code.</summary>
    public Task<int> StopAsync(PosixSignal signal = PosixSignal.SIGTERM)
    {
        _process.Signal(signal);
        return _process.ExitAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task AcceptsAsync(LineProcess process, int port)
    {
        using var patience = Patience.Begin();
        while (true)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), patience.Token);
                return;
            }
            catch (SocketException) when (!process.Ended.IsCompleted)
            {
                await Task.WhenAny(process.Ended, Task.Delay(BetweenAttempts, patience.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                throw process.Failed($"does not accept on port {port}");
            }
        }
    }
}
