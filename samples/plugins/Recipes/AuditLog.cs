using System.Text.Json;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Recipes;

/// <summary>Writes a line of JSON for everything that matters to an auditor: who came, who was refused, who listens to what.</summary>
public sealed class AuditLog(AuditLog.Config config, TimeProvider time, ILogger<AuditLog> logger) : BrokerPlugin
{
    private readonly StreamWriter _file = new(new FileStream(config.File, FileMode.Append, FileAccess.Write, FileShare.Read));

    public sealed class Config
    {
        /// <summary>The file that lines are appended to.</summary>
        public required string File { get; init; }
    }

    /// <inheritdoc/>
    public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel)
    {
        logger.LogInformation("audit log goes to {File}", config.File);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) =>
        WriteAsync(new { what = "connected", client = e.ClientId, user = e.Session.UserName, address = e.Session.RemoteAddress?.ToString() }, cancel);

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) =>
        WriteAsync(new { what = "disconnected", client = e.ClientId, cause = e.Cause.ToString() }, cancel);

    /// <inheritdoc/>
    public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) =>
        WriteAsync(new { what = "refused", client = e.ClientId, user = e.UserName, address = e.RemoteAddress?.ToString(), reason = e.Reason.ToString() }, cancel);

    /// <inheritdoc/>
    public override ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) =>
        WriteAsync(new { what = "subscribed", client = e.ClientId, filter = e.TopicFilter }, cancel);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        await base.DisposeAsync();
    }

    // Events of a plugin come one after the other, so the writer needs no lock.
    private async ValueTask WriteAsync<T>(T entry, CancellationToken cancel)
    {
        var line = $"{{\"time\":{JsonSerializer.Serialize(time.GetUtcNow())},{JsonSerializer.Serialize(entry)[1..]}";
        await _file.WriteLineAsync(line.AsMemory(), cancel);
        await _file.FlushAsync(cancel);
    }
}
