using System.Threading.Channels;
using Amqtt.Plugins;

namespace Amqtt.Broker.Tests.Support;

/// <summary>A plugin that writes down what it is told, in the order in which it is told.</summary>
internal sealed class EventRecorder : BrokerPlugin
{
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();

    /// <summary>Holds the broker in its pre-start hook.</summary>
    public Task BeforeStart { get; init; } = Task.CompletedTask;

    /// <summary>The next events; waits for them.</summary>
    public async Task ExpectAsync(params string[] expected)
    {
        foreach (string next in expected) Assert.Equal(next, await NextAsync());
    }

    /// <summary>Takes all events up to one.</summary>
    public async Task<List<string>> TakeUntilAsync(string last)
    {
        var taken = new List<string>();
        while (await NextAsync() is var next && next != last) taken.Add(next);
        return taken;
    }

    /// <summary>There has been no event but those that were expected.</summary>
    public void ExpectNoMore() => Assert.False(_events.Reader.TryRead(out string? unexpected), unexpected);

    public override async ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        await Note("pre_start");
        await BeforeStart;
    }

    public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel) => Note("post_start");

    public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => Note("pre_shutdown");

    public override ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => Note("post_shutdown");

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) => Note($"connected {e.ClientId}");

    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) => Note($"disconnected {e.ClientId} {e.Cause}");

    public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) => Note($"refused {e.ClientId} {e.Reason}");

    public override ValueTask OnBrokerSessionChangedAsync(SessionChangedEvent e, CancellationToken cancel) => Note($"session {e.ClientId} {e.Change}");

    public override ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) =>
        Note($"subscribed {e.ClientId} {e.TopicFilter} {e.RequestedQoS} {e.GrantedQoS}");

    public override ValueTask OnBrokerClientUnsubscribedAsync(ClientUnsubscribedEvent e, CancellationToken cancel) =>
        Note($"unsubscribed {e.ClientId} {e.TopicFilter} {e.Cause}");

    public override ValueTask OnBrokerRetainedMessageAsync(RetainedMessageEvent e, CancellationToken cancel) =>
        Note($"retained {e.Message.Topic} for {e.ClientId ?? "all"}");

    public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => Note($"received {e.Message.Topic} from {e.ClientId}");

    public override ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel) => Note($"broadcast {e.Message.Topic} from {e.ClientId}");

    public override ValueTask DisposeAsync() => Note("disposed");

    private async Task<string> NextAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        return await _events.Reader.ReadAsync(patience.Token);
    }

    private ValueTask Note(string what)
    {
        _events.Writer.TryWrite(what);
        return ValueTask.CompletedTask;
    }
}
