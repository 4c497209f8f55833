using System.Collections.Concurrent;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Deciding;

/// <summary>Verdicts that are kept, and permissions that are withdrawn (PF-14).</summary>
public sealed class AuthorizationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_verdict_is_kept_for_as_long_as_the_plugin_allows_and_for_this_use_only()
    {
        var asked = new ConcurrentQueue<string>();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Filters(context =>
        {
            asked.Enqueue($"{context.Action} {context.Topic}");
            return Decision.Allow.CacheFor(TimeSpan.FromSeconds(60));
        }));
        WireClient client = await broker.ConnectAsync("c");
        for (int i = 0; i < 5; i++) await client.PublishAsync("a", "1", QoS.AtLeastOnce);
        Assert.Equal(["Publish a"], asked);
        await client.PublishAsync("b", "1", QoS.AtLeastOnce);
        await client.PublishAsync("a", "1", QoS.ExactlyOnce);
        Assert.Equal(["Publish a", "Publish b", "Publish a"], asked);
        broker.Time.Advance(TimeSpan.FromSeconds(61));
        await client.PublishAsync("a", "1", QoS.AtLeastOnce);
        Assert.Equal(4, asked.Count);
    }

    [Fact]
    public async Task A_denial_is_kept_too_and_forgotten_with_the_invalidation()
    {
        int asked = 0;
        bool allow = false;
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Filters(_ =>
        {
            Interlocked.Increment(ref asked);
            return (Volatile.Read(ref allow) ? Decision.Allow : Decision.Deny(ReasonCode.QuotaExceeded, "not yet")).CacheFor(TimeSpan.FromHours(1));
        }));
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        Assert.Equal(ReasonCode.QuotaExceeded, await client.PublishAsync("a", "1", QoS.AtLeastOnce));
        Volatile.Write(ref allow, true);
        Assert.Equal(ReasonCode.QuotaExceeded, await client.PublishAsync("a", "1", QoS.AtLeastOnce));
        Assert.Equal(1, Volatile.Read(ref asked));
        await broker.Broker.InvalidateAuthorizationAsync(cancel: Cancel);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("a", "1", QoS.AtLeastOnce));
    }

    [Fact]
    public async Task A_verdict_that_one_of_two_plugins_does_not_let_be_kept_is_not()
    {
        int asked = 0;
        await using TestBroker broker = await TestBroker.StartAsync(
            Link.Memory, configure: null, new Filters(static _ => Decision.Allow.CacheFor(TimeSpan.FromHours(1))), new Filters(_ =>
            {
                Interlocked.Increment(ref asked);
                return true;
            }));
        WireClient client = await broker.ConnectAsync("c");
        for (int i = 0; i < 3; i++) await client.PublishAsync("a", "1", QoS.AtLeastOnce);
        Assert.Equal(3, Volatile.Read(ref asked));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PF_14_after_the_invalidation_a_revoked_live_subscription_receives_nothing_more(bool onlyThisClient)
    {
        var revoked = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, events, new Filters(context =>
            Decision.FromNullable(context.Action != TopicAction.Subscribe || !revoked.ContainsKey($"{context.Session.ClientId} {context.Topic}")).CacheFor(TimeSpan.FromHours(1))));
        WireClient one = await broker.ConnectAsync("one", ProtocolVersion.V5), two = await broker.ConnectAsync("two");
        foreach (string filter in (string[])["a/#", "$share/g/b", "c"]) await one.SubscribeAsync(filter);
        await two.SubscribeAsync("a/#");
        await two.PublishAsync("a/1", "before", QoS.AtLeastOnce);
        await one.ExpectPublishAsync("a/1", "before");
        await two.ExpectPublishAsync("a/1", "before");
        revoked["one a/#"] = revoked["one b"] = revoked["two a/#"] = true;
        Assert.Equal(onlyThisClient ? 2 : 3, await broker.Broker.InvalidateAuthorizationAsync(onlyThisClient ? "one" : null, Cancel));
        await two.PublishAsync("a/1", "after", QoS.AtLeastOnce);
        await two.PublishAsync("b", "after", QoS.AtLeastOnce);
        await two.PublishAsync("c", "after", QoS.AtLeastOnce);
        await one.ExpectPublishAsync("c", "after");
        await one.ExpectNothingMoreAsync();
        if (onlyThisClient) await two.ExpectPublishAsync("a/1", "after");
        await two.ExpectNothingMoreAsync();
        await events.TakeUntilAsync("unsubscribed one $share/g/b Revoked");
    }

    [Fact]
    public async Task A_verdict_that_was_pending_while_permissions_changed_is_asked_for_again()
    {
        bool allow = true;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new SlowFilter(async () =>
        {
            bool before = Volatile.Read(ref allow);
            begun.TrySetResult();
            await goOn.Task;
            return before;
        }));
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SendAsync(new PublishPacket { Topic = "a", QoS = QoS.AtLeastOnce, PacketId = 1 });
        await begun.Task;
        Volatile.Write(ref allow, false);
        Task<int> invalidated = broker.Broker.InvalidateAuthorizationAsync(cancel: Cancel).AsTask();
        goOn.SetResult();
        await invalidated;
        Assert.Equal(ReasonCode.NotAuthorized, (await client.ReceiveAsync<PubAckPacket>()).Reason);
    }

    private sealed class SlowFilter(Func<Task<bool>> decide) : BaseTopicPlugin
    {
        public override async ValueTask<Decision> FilterTopicAsync(TopicContext context) => await decide();
    }
}
