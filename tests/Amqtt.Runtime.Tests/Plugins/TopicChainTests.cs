using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>Where topic filters run, what they see, and what they cost.</summary>
public sealed class TopicChainTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task A_filter_sees_the_question()
    {
        object? seen = null;
        var plugin = new FilterPlugin(context =>
        {
            seen = (context.Action, context.Session.ClientId, context.Topic, context.QoS, context.Retain, context.ShareName);
            return Decision.Allow;
        });
        var chain = HostedPlugins.Topics(_time, isStrict: false, HostedPlugins.Host(plugin, _time));

        await chain.FilterAsync(TopicAction.Subscribe, new TestSession("c1"), "a/#", QoS.ExactlyOnce, retain: true, "group");

        Assert.Equal((TopicAction.Subscribe, "c1", "a/#", QoS.ExactlyOnce, true, "group"), seen);
    }

    [Fact]
    public async Task A_filter_starts_on_the_pool_and_earns_the_calling_thread()
    {
        var caller = Environment.CurrentManagedThreadId;
        var threads = new List<int>();
        var plugin = new FilterPlugin(_ =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            return Decision.Allow;
        });
        var hosted = HostedPlugins.Host(plugin, _time, _log);
        var chain = HostedPlugins.Topics(_time, isStrict: false, hosted);

        var calls = RunBlocking(() => chain.Ask(), until: () => hosted.GateOf(Hook.FilterTopic).Promotion.IsEarned);
        Assert.Equal(1000, calls);
        Assert.DoesNotContain(caller, threads);

        var verdict = chain.Ask();
        Assert.True(verdict.IsCompletedSuccessfully);
        Assert.True((await verdict).IsAllowed);
        Assert.Equal(caller, threads[^1]);
    }

    [Fact]
    public async Task A_filter_of_which_few_calls_may_be_under_way_stays_on_the_pool()
    {
        var hosted = HostedPlugins.Host(new FilterPlugin(static _ => Decision.Allow), _time, _log, settings: new() { MaxConcurrency = 2 });
        var chain = HostedPlugins.Topics(_time, isStrict: false, hosted);
        for (var i = 0; i < 1001; i++) Assert.True((await chain.Ask()).IsAllowed);
        Assert.False(hosted.GateOf(Hook.FilterTopic).Promotion.IsEarned);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void A_slow_call_starts_the_count_anew()
    {
        var calls = 0;
        var plugin = new FilterPlugin(_ =>
        {
            if (++calls == 999) _time.Advance(TimeSpan.FromMilliseconds(1));
            return Decision.Allow;
        });
        var hosted = HostedPlugins.Host(plugin, _time, _log);
        var chain = HostedPlugins.Topics(_time, isStrict: false, hosted);

        Assert.Equal(1999, RunBlocking(() => chain.Ask(), until: () => hosted.GateOf(Hook.FilterTopic).Promotion.IsEarned));
    }

    [Fact]
    public void A_filter_that_holds_up_its_caller_goes_back_to_the_pool_and_is_named()
    {
        var plugin = new FilterPlugin(_ =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(120));
            return Decision.Allow;
        });
        var hosted = HostedPlugins.Host(plugin, _time, _log).Earned();
        var chain = HostedPlugins.Topics(_time, isStrict: false, hosted);

        Assert.True(chain.Ask().IsCompletedSuccessfully);

        Assert.False(hosted.GateOf(Hook.FilterTopic).Promotion.IsEarned);
        Assert.Contains("Plugin FilterPlugin: FilterTopic held up an event loop for 120 ms and is called on the thread pool again.", _log.Of("host"));
    }

    [Fact]
    public async Task A_filter_that_blocks_its_caller_is_named_while_it_does_and_nobody_else_is_sent_after_it()
    {
        using var release = new ManualResetEventSlim();
        var entered = new TaskCompletionSource();
        var plugin = new FilterPlugin(context =>
        {
            if (context.Topic != "blocks") return Decision.Allow;
            entered.SetResult();
            release.Wait(CancellationToken.None);
            return Decision.Allow;
        });
        var hosted = HostedPlugins.Host(plugin, _time, _log).Earned();
        var gate = hosted.GateOf(Hook.FilterTopic);
        var chain = HostedPlugins.Topics(_time, isStrict: false, hosted);
        Assert.True(chain.Ask().IsCompletedSuccessfully);
        var blocked = Task.Run(async () => await chain.Ask("blocks"), TestContext.Current.CancellationToken);
        await entered.Task;

        gate.Tick();
        Assert.Empty(_log.Of("host"));
        for (var looks = 0; looks < 3; looks++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            gate.Tick();
        }

        string[] named = ["Plugin FilterPlugin: FilterTopic has been blocking an event loop for 00:00:01 or longer; the clients of that loop wait. Further calls are made on the thread pool."];
        Assert.Equal(named, _log.Of("host"));
        Assert.False(gate.IsDirect);
        Assert.True((await chain.Ask()).IsAllowed);

        release.Set();
        Assert.True((await blocked).IsAllowed);
        for (var looks = 0; looks < 3; looks++) gate.Tick();
        Assert.Equal(named, _log.Of("host"));
    }

    [Fact]
    public void An_earned_synchronous_filter_allocates_nothing()
    {
        var chain = HostedPlugins.Topics(_time, isStrict: false, HostedPlugins.Host(new AllowEverything(), _time).Earned(), HostedPlugins.Host(new AllowEverything(), _time).Earned());
        var session = new TestSession();
        Run(10);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var verdict = chain.FilterAsync(TopicAction.Receive, session, "a/b", QoS.AtMostOnce, retain: false);
                if (!verdict.IsCompletedSuccessfully) throw new InvalidOperationException("It is not synchronous.");
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_context_used_after_its_hook_throws_and_shows_no_other_question(bool isEarned)
    {
        TopicContext kept = default;
        var plugin = new FilterPlugin(context =>
        {
            if (context.Topic == "first") kept = context;
            return Decision.Allow;
        });
        var hosted = HostedPlugins.Host(plugin, _time);
        if (isEarned) hosted.Earned();
        var chain = HostedPlugins.Topics(_time, isStrict: false, hosted);

        await chain.Ask("first");
        Assert.Throws<InvalidOperationException>(() => kept.Topic);
        await chain.Ask("second");
        Assert.Throws<InvalidOperationException>(() => kept.Topic);
        Assert.Throws<InvalidOperationException>(() => kept.CancellationToken);
    }

    [Fact]
    public async Task A_filter_that_asks_again_has_a_question_of_its_own()
    {
        TopicChain? chain = null;
        var seen = new List<string>();
        var plugin = new FilterPlugin(context =>
        {
            if (context.Topic == "outer") Assert.True(chain!.Ask("inner").IsCompletedSuccessfully);
            seen.Add(context.Topic);
            return Decision.Allow;
        });
        chain = HostedPlugins.Topics(_time, isStrict: false, HostedPlugins.Host(plugin, _time).Earned());

        Assert.True((await chain.Ask("outer")).IsAllowed);
        Assert.Equal(["inner", "outer"], seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Time_out_cancels_the_token_and_ends_the_context(bool isEarned)
    {
        var (asked, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        TopicContext kept = default;
        var plugin = new FilterPlugin(context =>
        {
            kept = context;
            context.CancellationToken.Register(cancelled.SetResult);
            asked.SetResult();
            return new(new TaskCompletionSource<Decision>().Task);
        });
        var hosted = HostedPlugins.Host(plugin, _time, _log, TimeSpan.FromSeconds(2));
        if (isEarned) hosted.Earned();

        var verdict = HostedPlugins.Topics(_time, isStrict: false, hosted).Ask().AsTask();
        await asked.Task;
        while (!verdict.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.True((await verdict).IsFault);
        await cancelled.Task;
        Assert.Throws<InvalidOperationException>(() => kept.Topic);
        Assert.Contains("Plugin FilterPlugin: FilterTopic took longer than 2s and is waited for no longer.", _log.Of("host"));
    }

    [Fact]
    public async Task A_filter_that_blocks_on_the_pool_holds_up_only_who_asked()
    {
        var asked = new TaskCompletionSource();
        using var release = new ManualResetEventSlim();
        var plugin = new FilterPlugin(context =>
        {
            if (context.Topic != "blocks") return Decision.Allow;
            asked.SetResult();
            release.Wait(CancellationToken.None);
            return Decision.Allow;
        });
        var chain = HostedPlugins.Topics(_time, isStrict: false, HostedPlugins.Host(plugin, _time, timeout: TimeSpan.FromSeconds(2)));

        var blocked = chain.Ask("blocks").AsTask();
        await asked.Task;
        Assert.True((await chain.Ask("other")).IsAllowed);
        while (!blocked.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.True((await blocked).IsFault);
        release.Set();
    }

    // On the test's own thread, so that a pool thread is never mistaken for the caller.
    private static int RunBlocking(Func<ValueTask<Verdict>> call, Func<bool> until)
    {
        for (var calls = 0; ; calls++)
        {
            if (until()) return calls;
#pragma warning disable xUnit1031, VSTHRD002 // The test is about threads.
            call().AsTask().GetAwaiter().GetResult();
#pragma warning restore xUnit1031, VSTHRD002
        }
    }

    private sealed class FilterPlugin(Func<TopicContext, ValueTask<Decision>> filter) : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => filter(context);
    }

    private sealed class AllowEverything : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => Decision.Allow;
    }
}
