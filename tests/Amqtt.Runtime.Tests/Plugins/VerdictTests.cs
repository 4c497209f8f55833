using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>PF-4: the verdict over every sequence of up to four answers, which is every multiset in every order. P-E10, P-E12, P-E13.</summary>
public sealed class VerdictTests
{
    private static readonly TimeSpan TimeOut = TimeSpan.FromSeconds(5);
    private readonly FakeTimeProvider _time = new();

    // Pushing the clock on is no plugin that blocks.
    private readonly CoarseClock _still = new(new FakeTimeProvider());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Authentication(bool isAsynchronous)
    {
        foreach (var answers in Sequences())
        {
            var chain = new AuthChain(Plugins(answers, isAsynchronous));
            Check(answers, await Wait(chain.AuthenticateAsync(HostedPlugins.Connect())), whenEmpty: Outcome.Denied, isStrict: false);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Topics(bool isAsynchronous, bool isEarned, bool isStrict)
    {
        foreach (var answers in Sequences())
        {
            var plugins = Plugins(answers, isAsynchronous);
            if (isEarned) Array.ForEach(plugins, plugin => plugin.Earned());
            var chain = HostedPlugins.Topics(_still, isStrict, plugins);
            Check(answers, await Wait(chain.Ask()), whenEmpty: Outcome.Allowed, isStrict);
        }
    }

    public static TheoryData<bool, bool, bool> Ways()
    {
        var ways = new TheoryData<bool, bool, bool>();
        for (var bits = 0; bits < 8; bits++) ways.Add((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
        return ways;
    }

    private enum Outcome
    {
        Allowed,
        Denied,
        Fault,
    }

    private static IEnumerable<Answer[]> Sequences()
    {
        IEnumerable<Answer[]> longest = [[]];
        for (var length = 0; ; length++)
        {
            foreach (var answers in longest) yield return answers;
            if (length == 4) yield break;
            longest = [.. longest.SelectMany(_ => Enum.GetValues<Answer>(), (answers, next) => (Answer[])[.. answers, next])];
        }
    }

    private HostedPlugin[] Plugins(Answer[] answers, bool isAsynchronous) => Array.ConvertAll(
        answers,
        answer => HostedPlugins.Host(new DecidingPlugin(answer, isAsynchronous), _time, timeout: answer == Answer.TimeOut ? TimeOut : HostedPlugins.Never));

    // Only plugins that are to time out have a short time, so the clock can be pushed on until the verdict is there.
    private async Task<Verdict> Wait(ValueTask<Verdict> verdict)
    {
        var task = verdict.AsTask();
        while (!task.IsCompleted)
        {
            _time.Advance(TimeOut);
            await Task.Yield();
        }

        return await task;
    }

    private static void Check(Answer[] answers, Verdict verdict, Outcome whenEmpty, bool isStrict)
    {
        var denies = answers.Contains(Answer.Deny) || (isStrict && answers.Contains(Answer.Null));
        var expected = answers switch
        {
            [] => whenEmpty,
            _ when denies => Outcome.Denied,
            _ when answers.Contains(Answer.Fault) || answers.Contains(Answer.TimeOut) => Outcome.Fault,
            _ => answers.Contains(Answer.Allow) ? Outcome.Allowed : Outcome.Denied,
        };
        var actual = verdict.IsAllowed ? Outcome.Allowed : verdict.IsFault ? Outcome.Fault : Outcome.Denied;
        Assert.True(expected == actual, $"{string.Join(", ", answers)}: expected {expected}, was {actual}");
        Assert.False(verdict.IsAllowed && verdict.IsFault);
        if (!isStrict && denies) Assert.Equal(ReasonCode.Banned, verdict.Reason);
    }
}
