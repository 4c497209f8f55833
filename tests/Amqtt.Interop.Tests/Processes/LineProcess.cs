using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace Amqtt.Interop.Tests.Processes;

/// <summary>
/// A child process whose output (both streams) is read line by line. It is killed with its owner, and whatever goes wrong is
/// reported with everything it has printed.
/// </summary>
internal sealed class LineProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _transcript = new();

    private LineProcess(Process process)
    {
        _process = process;
        _reading = ReadAllAsync();
    }

    public int Id => _process.Id;

    /// <summary>Completes when the process has closed its output, which is when it has ended.</summary>
    public Task Ended => _reading;

    /// <summary>The command line and every line so far.</summary>
    public string Transcript
    {
        get
        {
            lock (_transcript)
                return _transcript.ToString();
        }
    }

    public static LineProcess Start(
        string file, IEnumerable<string> arguments, string? workingDirectory = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        var process = Process.Start(info) ?? throw new InvalidOperationException($"{file} did not start.");
        var started = new LineProcess(process);
        started.Note($"$ {file} {string.Join(' ', info.ArgumentList)}");
        return started;
    }

    /// <summary>Reads on until a line is wanted, and returns it.</summary>
    /// <exception cref="InvalidOperationException">The process ended before it printed such a line, or <see cref="Patience"/> ran out.</exception>
    public async Task<string> LineAsync(Func<string, bool> wanted)
    {
        using var patience = Patience.Begin();
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(patience.Token))
            {
                if (wanted(line))
                    return line;
            }
        }
        catch (OperationCanceledException)
        {
            throw Failed("did not print the expected line");
        }

        throw Failed("ended before it printed the expected line");
    }

    /// <summary>Waits for the end and returns the exit code (128 + n after signal n).</summary>
    public async Task<int> ExitAsync()
    {
        using var patience = Patience.Begin();
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            await _reading.WaitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw Failed("did not end");
        }
    }

    /// <summary>Waits for the end, which has to be a success.</summary>
    public async Task SucceedAsync()
    {
        var code = await ExitAsync();
        if (code != 0)
            throw Failed($"ended with {code}");
    }

    /// <summary>Writes lines to the standard input and closes it.</summary>
    public async Task FeedAsync(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            await _process.StandardInput.WriteAsync(line + "\n");
        _process.StandardInput.Close();
    }

    public void Signal(PosixSignal signal)
    {
        var number = signal switch { PosixSignal.SIGINT => 2, PosixSignal.SIGTERM => 15, _ => throw new ArgumentOutOfRangeException(nameof(signal)) };
        if (Kill(_process.Id, number) != 0)
            throw Failed($"could not be sent {signal}");
    }

    /// <summary>SIGKILL: the process cannot say goodbye to anyone.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    public InvalidOperationException Failed(string what) => new($"{_process.StartInfo.FileName} {what}:{Environment.NewLine}{Transcript}");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadAllAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
        _lines.Writer.Complete();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Note(line);
            _lines.Writer.TryWrite(line);
        }
    }

    private void Note(string line)
    {
        lock (_transcript)
            _transcript.AppendLine(line);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
