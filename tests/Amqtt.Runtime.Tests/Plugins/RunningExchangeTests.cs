using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>Exchanges of AUTH packets that end before their plugin has answered.</summary>
public sealed class RunningExchangeTests
{
    [Fact]
    public async Task A_client_that_hangs_up_ends_the_question_and_is_no_fault_of_the_plugin()
    {
        var log = new LogRecorder();
        var plugin = new Silent();
        var exchange = new RunningExchange(HostedPlugins.Host(plugin, TimeProvider.System, log), plugin, HostedPlugins.Connect());

        var step = exchange.ContinueAsync(default);
        var cancel = await plugin.Asked.Task;
        exchange.End();

        Assert.Null(await step);
        Assert.True(cancel.IsCancellationRequested);
        Assert.Empty(log.Lines);
    }

    private sealed class Silent : BrokerPlugin, IEnhancedAuthPlugin, IAuthExchange
    {
        public TaskCompletionSource<CancellationToken> Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Method => "silence";

        public IAuthExchange Begin(AuthenticateContext context) => this;

        public ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
        {
            Asked.SetResult(cancel);
            return new(new TaskCompletionSource<AuthStep>().Task);
        }
    }
}
