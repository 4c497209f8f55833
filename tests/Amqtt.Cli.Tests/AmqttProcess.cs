using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Amqtt.Cli.Tests;

/// <summary>The real executable as a process of its own. It never outlives its owner.</summary>
internal sealed class AmqttProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly List<(Predicate<string> Wanted, TaskCompletionSource<string> Found)> _waiting = [];

    private AmqttProcess(Process process) => _process = process;

    public string Output => Snapshot(_output);

    public string Error => Snapshot(_error);

    public static AmqttProcess Start(params string[] arguments) => Start(arguments, []);

    public static AmqttProcess Start(string[] arguments, Dictionary<string, string> variables, string? input = null, byte[]? bytes = null)
    {
        // Signals as in a terminal: under nohup or in the background of a script the tests have inherited ignored ones, and would pass them on.
        string[] dotnet = OperatingSystem.IsLinux() ? ["env", "--default-signal=HUP,INT", "dotnet"] : ["dotnet"];
        var info = new ProcessStartInfo(dotnet[0], [.. dotnet[1..], Path.Combine(AppContext.BaseDirectory, "amqtt.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = input is not null || bytes is not null,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        // What is set for the tests is not meant for the broker.
        foreach (var name in info.Environment.Keys.Where(name => name.StartsWith("AMQTT_", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in variables)
            info.Environment[name] = value;
        var amqtt = new AmqttProcess(new Process { StartInfo = info });
        amqtt._process.OutputDataReceived += (_, line) => amqtt.Receive(amqtt._output, line.Data);
        amqtt._process.ErrorDataReceived += (_, line) => amqtt.Receive(amqtt._error, line.Data);
        amqtt._process.Start();
        amqtt._process.BeginOutputReadLine();
        amqtt._process.BeginErrorReadLine();
        if (input is not null || bytes is not null)
        {
            amqtt._process.StandardInput.Write(input);
            amqtt._process.StandardInput.Flush();
            amqtt._process.StandardInput.BaseStream.Write(bytes);
            amqtt._process.StandardInput.Close();
        }

        return amqtt;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        return await RunAsync(arguments, []);
    }

    /// <summary>Runs a command to its end, with environment variables and a standard input.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, Dictionary<string, string> variables, string? input = null)
    {
        await using var amqtt = Start(arguments, variables, input);
        var code = await amqtt.ExitAsync();
        return (code, amqtt.Output, amqtt.Error);
    }

    /// <summary>Runs a command whose standard input is these bytes.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(byte[] input, params string[] arguments)
    {
        await using var amqtt = Start(arguments, [], bytes: input);
        var code = await amqtt.ExitAsync();
        return (code, amqtt.Output, amqtt.Error);
    }

    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>The first line on either stream, from now or before, that is the wanted one.</summary>
    public async Task<string> LineAsync(Predicate<string> wanted)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            if (Array.Find($"{_output}{_error}".Split('\n'), wanted) is { } before)
                return before;
            _waiting.Add((wanted, found));
        }

        _ = _process.WaitForExitAsync().ContinueWith(
            _ => found.TrySetException(new InvalidOperationException($"amqtt ended first:\n{Output}{Error}")), TaskScheduler.Default);
        return await found.Task.WaitAsync(Patience);
    }

    public void Signal(PosixSignal signal)
    {
        using var kill = Process.Start("kill", [signal switch { PosixSignal.SIGINT => "-INT", PosixSignal.SIGHUP => "-HUP", _ => "-TERM" }, _process.Id.ToString()]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await ExitAsync();
        }

        _process.Dispose();
    }

    private void Receive(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (_waiting)
        {
            text.Append(line).Append('\n');
            foreach (var (_, found) in _waiting.Where(w => w.Wanted(line)))
                found.TrySetResult(line);
        }
    }

    private string Snapshot(StringBuilder text)
    {
        lock (_waiting)
            return text.ToString();
    }
}
