using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>What authentication plugins see, set and may do wrong.</summary>
public sealed class AuthChainTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogRecorder _log = new();

    [Fact]
    public async Task Plugins_never_run_on_the_callers_thread()
    {
        using var release = new ManualResetEventSlim();
        var chain = Chain(_ =>
        {
            release.Wait(TestContext.Current.CancellationToken);
            return Decision.Allow;
        });

        var verdict = chain.AuthenticateAsync(HostedPlugins.Connect());
        Assert.False(verdict.IsCompleted);
        release.Set();
        Assert.True((await verdict).IsAllowed);
    }

    [Fact]
    public async Task The_password_is_there_during_the_question_and_gone_after_it()
    {
        byte[] password = [1, 2, 3];
        byte[]? seen = null;
        var chain = Chain(context =>
        {
            seen = context.Password!.Value.ToArray();
            return Decision.Deny();
        });

        await chain.AuthenticateAsync(HostedPlugins.Connect(password));

        Assert.Equal([1, 2, 3], seen);
        Assert.Equal([0, 0, 0], password);
    }

    [Fact]
    public async Task What_allowing_plugins_set_counts_the_first_winning()
    {
        var context = HostedPlugins.Connect();
        var chain = Chain(
            c =>
            {
                c.Identity = "from one without opinion";
                return Decision.NoOpinion;
            },
            c =>
            {
                c.Identity = "first";
                return Decision.Allow;
            },
            c =>
            {
                c.Identity = "second";
                return Decision.Allow;
            });

        Assert.True((await chain.AuthenticateAsync(context)).IsAllowed);
        Assert.Equal("first", context.Identity);
        Assert.Contains("Plugin AuthPlugin: its Identity is ignored, an earlier plugin set another.", _log.Of("host"));
    }

    [Fact]
    public async Task Nothing_is_set_when_the_verdict_is_deny()
    {
        var context = HostedPlugins.Connect();
        var chain = Chain(
            c =>
            {
                c.Identity = "somebody";
                c.IsAnonymous = true;
                return Decision.Allow;
            },
            _ => Decision.Deny());

        Assert.False((await chain.AuthenticateAsync(context)).IsAllowed);
        Assert.Null(context.Identity);
        Assert.False(context.IsAnonymous);
    }

    [Fact]
    public async Task A_deny_ends_the_evaluation()
    {
        var asked = false;
        var chain = Chain(
            _ => Decision.Deny(),
            _ =>
            {
                asked = true;
                return Decision.Allow;
            });

        await chain.AuthenticateAsync(HostedPlugins.Connect());
        Assert.False(asked);
    }

    [Fact]
    public async Task Reason_and_text_of_a_denial_are_the_verdicts()
    {
        var verdict = await Chain(_ => Decision.Deny(Protocol.ReasonCode.BadUserNameOrPassword, "no such user")).AuthenticateAsync(HostedPlugins.Connect());
        Assert.Equal((Protocol.ReasonCode.BadUserNameOrPassword, "no such user"), (verdict.Reason, verdict.Text));
    }

    [Fact]
    public async Task A_context_used_after_its_hook_throws()
    {
        AuthenticateContext? kept = null;
        await Chain(context =>
        {
            kept = context;
            return Decision.Allow;
        }).AuthenticateAsync(HostedPlugins.Connect([1]));

        Assert.Throws<InvalidOperationException>(() => kept!.Password);
        Assert.Throws<InvalidOperationException>(() => kept!.Identity = "late");
    }

    [Fact]
    public async Task Time_out_is_a_fault_that_cancels_the_token_and_ends_the_context()
    {
        var (asked, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        AuthenticateContext? kept = null;
        var chain = Chain(context =>
        {
            kept = context;
            context.CancellationToken.Register(cancelled.SetResult);
            asked.SetResult();
            return new(new TaskCompletionSource<Decision>().Task);
        });

        var verdict = chain.AuthenticateAsync(HostedPlugins.Connect()).AsTask();
        await asked.Task;
        while (!verdict.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        Assert.True((await verdict).IsFault);
        await cancelled.Task;
        Assert.Throws<InvalidOperationException>(() => kept!.ClientId);
        Assert.Contains("Plugin AuthPlugin: Authenticate took longer than 5s and is waited for no longer.", _log.Of("host"));
    }

    private AuthChain Chain(params Func<AuthenticateContext, ValueTask<Decision>>[] plugins)
        => new(Array.ConvertAll(plugins, plugin => HostedPlugins.Host(new AuthPlugin(plugin), _time, _log, TimeSpan.FromSeconds(5))));

    private sealed class AuthPlugin(Func<AuthenticateContext, ValueTask<Decision>> authenticate) : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => authenticate(context);
    }
}
