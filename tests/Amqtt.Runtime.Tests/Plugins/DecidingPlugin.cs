using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>What a deciding plugin can do.</summary>
public enum Answer
{
    Allow,
    Deny,
    Null,
    Fault,
    TimeOut,
}

/// <summary>Answers both roles as told, at once or after a while.</summary>
internal sealed class DecidingPlugin(Answer answer, bool isAsynchronous) : BaseAuthPlugin, ITopicPlugin
{
    private readonly TaskCompletionSource<Decision> _never = new();

    public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => AnswerAsync();

    public ValueTask<Decision> FilterTopicAsync(TopicContext context) => AnswerAsync();

    private ValueTask<Decision> AnswerAsync()
    {
        if (answer == Answer.TimeOut) return new(_never.Task);
        return isAsynchronous ? LaterAsync() : Now();
    }

    private async ValueTask<Decision> LaterAsync()
    {
        await Task.Yield();
        return await Now();
    }

    private ValueTask<Decision> Now() => answer switch
    {
        Answer.Allow => Decision.Allow,
        Answer.Deny => Decision.Deny(ReasonCode.Banned),
        Answer.Null => Decision.NoOpinion,
        _ => throw new InvalidOperationException("as told"),
    };
}
