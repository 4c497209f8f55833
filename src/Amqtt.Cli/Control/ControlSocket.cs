using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Amqtt.Cli.Control;

/// <summary>
/// A Unix socket by which commands reach the broker that runs with the same configuration file: one line of JSON each way. Only the user that runs the broker can open it.
/// </summary>
internal sealed class ControlSocket : IAsyncDisposable
{
    private const int LongestLine = 1024 * 1024;

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listening;
    private readonly string _path;
    private readonly Func<string[], Task<ControlAnswer>> _handle;
    private readonly Task _accepting;

    private ControlSocket(Socket listening, string path, Func<string[], Task<ControlAnswer>> handle)
    {
        _listening = listening;
        _path = path;
        _handle = handle;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where the broker with this configuration file listens for commands.</summary>
    public static string PathFor(string? file)
    {
        var folder = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? runtime : Path.GetTempPath();
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file is null ? "" : Path.GetFullPath(file))))[..16];
        return Path.Combine(folder, $"amqtt-{Environment.UserName}", name + ".sock");
    }

    /// <summary>Begins to listen; null, and a line in the log, if that is not possible: the broker runs without it.</summary>
    public static ControlSocket? TryOpen(string path, Func<string[], Task<ControlAnswer>> handle, ILogger log)
    {
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (File.Exists(path))
            {
                if (IsAlive(path)) throw new IOException("another broker with the same configuration uses it");
                File.Delete(path);
            }

            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen();
            return new ControlSocket(socket, path, handle);
        }
        catch (Exception failed) when (failed is IOException or SocketException or UnauthorizedAccessException or ArgumentException)
        {
            ControlLog.NoSocket(log, path, failed.Message);
            return null;
        }
    }

    /// <summary>Sends a command to the broker; null if there is none.</summary>
    public static async Task<ControlAnswer?> SendAsync(string path, string[] command, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
        }
        catch (Exception failed) when (failed is SocketException or IOException or ArgumentException)
        {
            return null; // nobody listens, or nobody could at a path of this length
        }

        if (!ControlPeer.IsTrusted(socket)) return ControlAnswer.Failed($"{path} is another user's (user id {ControlPeer.UserOf(socket)}), and so not the broker's: remove it, and set XDG_RUNTIME_DIR to a folder of your own");
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(command), cancel);
        await stream.WriteAsync("\n"u8.ToArray(), cancel);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadLineAsync(cancel);
        return answer is null ? ControlAnswer.Failed("the broker ended before it answered") : JsonSerializer.Deserialize<ControlAnswer>(answer);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listening.Dispose();
        File.Delete(_path);
        _stop.Dispose();
    }

    private static bool IsAlive(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false; // what is left of a broker that was killed
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var connection = await _listening.AcceptAsync(_stop.Token);
                await AnswerAsync(connection);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed) when (failed is IOException or SocketException or JsonException or OperationCanceledException)
            {
                // Whoever asked is gone, asked nonsense, or took too long: the next one is served.
            }
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        if (!ControlPeer.IsTrusted(connection)) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        patience.CancelAfter(TimeSpan.FromSeconds(10)); // for the question; the answer takes as long as it takes
        var line = new byte[LongestLine];
        var length = 0;
        while (length < line.Length && !line.AsSpan(0, length).Contains((byte)'\n'))
        {
            var read = await stream.ReadAsync(line.AsMemory(length), patience.Token);
            if (read == 0) return;
            length += read;
        }

        var command = JsonSerializer.Deserialize<string[]>(line.AsSpan(0, line.AsSpan(0, length).IndexOf((byte)'\n') is var end and >= 0 ? end : length)) ?? [];
        await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(await HandleAsync(command)), _stop.Token);
        await stream.WriteAsync("\n"u8.ToArray(), _stop.Token);
    }

    private async Task<ControlAnswer> HandleAsync(string[] command)
    {
        try
        {
            return await _handle(command);
        }
        catch (Exception failed)
        {
            // Whatever it is, who asked is told, and the next command is taken.
            return ControlAnswer.Failed(failed.Message);
        }
    }
}

/// <summary>What is logged about it.</summary>
internal static partial class ControlLog
{
    [LoggerMessage(EventId = 20, Level = LogLevel.Warning, Message = "commands such as 'amqtt config reload' cannot reach this broker: {Path}: {Problem}")]
    public static partial void NoSocket(ILogger log, string path, string problem);

    [LoggerMessage(EventId = 21, Level = LogLevel.Information, Message = "{Cause}: reading the configuration again")]
    public static partial void Reloading(ILogger log, string cause);

    [LoggerMessage(EventId = 22, Level = LogLevel.Information, Message = "reloaded: {Outcome}")]
    public static partial void Reloaded(ILogger log, string outcome);

    [LoggerMessage(EventId = 23, Level = LogLevel.Error, Message = "nothing has been changed: {Problem}")]
    public static partial void NotReloaded(ILogger log, string problem);

    [LoggerMessage(EventId = 24, Level = LogLevel.Warning, Message = "'{Key}' has changed and counts from the next start of the broker on")]
    public static partial void NeedsRestart(ILogger log, string key);
}
