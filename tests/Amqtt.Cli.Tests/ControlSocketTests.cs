using System.Diagnostics;
using Amqtt.Cli.Control;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Cli.Tests;

/// <summary>The socket by which commands reach a running broker.</summary>
public sealed class ControlSocketTests : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_that_fails_is_answered_and_so_is_the_next()
    {
        var path = _folder.Write("run/x", "") + ".sock";
        await using var socket = ControlSocket.TryOpen(path, static command => command is ["bad"] ? throw new InvalidOperationException("nobody thought of it") : Task.FromResult(ControlAnswer.Done("fine")), NullLogger.Instance);
        Assert.NotNull(socket);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        Assert.Equal(["nobody thought of it"], (await ControlSocket.SendAsync(path, ["bad"], patience.Token))!.Errors);
        Assert.Equal(["fine"], (await ControlSocket.SendAsync(path, ["good"], patience.Token))!.Output);
    }

    [Fact]
    public async Task Commands_of_another_user_are_not_taken_and_its_socket_is_not_believed()
    {
        if (OperatingSystem.IsWindows()) return; // there are no such permissions
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv") && File.Exists("/usr/bin/python3"), "needs root, to become another user, and python3");
        var path = _folder.Write("broker", "") + ".sock";
        File.SetUnixFileMode(Path.GetDirectoryName(path)!, Everybody);
        var asked = 0;
        await using (ControlSocket.TryOpen(path, _ => Task.FromResult(ControlAnswer.Done($"asked {++asked}")), NullLogger.Instance))
        {
            File.SetUnixFileMode(path, Everybody);
            Assert.Equal("", await AsNobodyAsync($"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{path}'); s.sendall(b'[\"reload\"]\\n'); print(s.recv(1000).decode(), end='')"));
            Assert.Equal(["asked 1"], (await ControlSocket.SendAsync(path, ["reload"], Cancel))!.Output);
        }

        using var foreign = Nobody($"import socket; s = socket.socket(socket.AF_UNIX); s.bind('{path}'); s.listen(); print('listens', flush=True); c = s.accept()[0]; print(c.recv(1000).decode(), end='')");
        Assert.Equal("listens", await foreign.StandardOutput.ReadLineAsync(Cancel));
        var answer = await ControlSocket.SendAsync(path, ["reload"], Cancel);
        Assert.Contains(path, Assert.Single(answer!.Errors), StringComparison.Ordinal);
        Assert.Equal("", await foreign.StandardOutput.ReadToEndAsync(Cancel));
    }

    [Theory]
    [InlineData(1000, 1000, true)]
    [InlineData(1000, 1001, false)]
    [InlineData(0, 1000, true)]
    [InlineData(1000, 0, false)]
    public void Only_the_same_user_and_root_are_trusted(int user, int own, bool trusted) => Assert.Equal(trusted, ControlPeer.IsTrusted(user, own));

    private static async Task<string> AsNobodyAsync(string program)
    {
        using var process = Nobody(program);
        return await process.StandardOutput.ReadToEndAsync(Cancel);
    }

    private static Process Nobody(string program) =>
        Process.Start(new ProcessStartInfo("/usr/bin/setpriv", ["--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", program]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;

    [Fact]
    public async Task Where_no_socket_can_be_there_is_no_broker() =>
        Assert.Null(await ControlSocket.SendAsync("/" + new string('x', 200), ["plugins", "list"], Cancel));
}
