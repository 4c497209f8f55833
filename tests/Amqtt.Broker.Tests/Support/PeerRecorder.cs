using System.Threading.Channels;
using Amqtt.Plugins;

namespace Amqtt.Broker.Tests.Support;

/// <summary>A plugin that writes down where each client comes from, as the broker tells it.</summary>
internal sealed class PeerRecorder : BrokerPlugin, IAuthPlugin
{
    private readonly Channel<string> _peers = Channel.CreateUnbounded<string>();

    public ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => Decision.Allow;

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
    {
        _peers.Writer.TryWrite($"{e.ClientId} {e.Session.RemoteAddress}:{e.Session.RemotePort}");
        return default;
    }

    /// <summary>The next client with its address and port.</summary>
    public async Task<string> NextAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        return await _peers.Reader.ReadAsync(patience.Token);
    }
}
