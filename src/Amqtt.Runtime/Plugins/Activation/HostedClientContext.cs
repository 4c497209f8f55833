using Amqtt.Plugins;
using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>The client's side of a plugin's context: what every host offers, and the client itself.</summary>
internal sealed class HostedClientContext(HostedContext host, IClientHost client) : ClientContext
{
    public override string PluginId => host.PluginId;

    public override ILogger Logger => host.Logger;

    public override TimeProvider Time => host.Time;

    public override CancellationToken Stopping => host.Stopping;

    public override string ClientId => client.ClientId;

    public override bool IsConnected => client.IsConnected;

    public override ClientConnectOptions? Options => client.LastAttempt is { } last ? last with { Password = null } : null;

    public override ISession Session => client.Session;

    public override void OnLogLevelsChanged(Action decide) => host.OnLogLevelsChanged(decide);

    public override void Disable(params ReadOnlySpan<Hook> hooks) => host.Disable(hooks);

    public override void Enable(params ReadOnlySpan<Hook> hooks) => host.Enable(hooks);

    public override void Run(Func<CancellationToken, Task> work) => host.Run(work);

    public override void Every(TimeSpan period, Func<CancellationToken, ValueTask> work) => host.Every(period, work);

    public override ValueTask PublishAsync(ApplicationMessage message, CancellationToken cancel = default) => client.PublishAsync(message, cancel);

    public override ValueTask<IAsyncDisposable> SubscribeAsync(
        string filter, QoS qos, Func<ApplicationMessage, CancellationToken, ValueTask> handler, CancellationToken cancel = default)
        => client.SubscribeAsync(filter, qos, handler, cancel);
}
