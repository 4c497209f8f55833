using Amqtt.Cli.Control;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Cli.Tests;

/// <summary>The socket by which commands reach a running broker.</summary>
public sealed class ControlSocketTests : IDisposable
{
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
    public async Task Where_no_socket_can_be_there_is_no_broker() =>
        Assert.Null(await ControlSocket.SendAsync("/" + new string('x', 200), ["plugins", "list"], Cancel));
}
