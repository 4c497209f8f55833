using System.Runtime.InteropServices;

namespace Amqtt.Cli.Commands;

/// <summary>SIGINT and SIGTERM: the first asks for a shutdown, a second one ends the process at once.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public ShutdownSignals() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>The first signal's name, or null.</summary>
    public string? Name { get; private set; }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _requested.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
            Environment.Exit(context.Signal == PosixSignal.SIGINT ? 130 : 143);
        Name = context.Signal.ToString();

        // Whatever waits for the signal must not run in the handler: its end is what disposing the registration waits for.
        _ = _requested.CancelAsync();
    }
}
