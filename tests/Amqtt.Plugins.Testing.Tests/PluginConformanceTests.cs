namespace Amqtt.Plugins.Testing.Tests;

/// <summary>The checks let a good plugin pass and find what is wrong with a bad one.</summary>
public sealed class PluginConformanceTests
{
    [Fact]
    public Task A_good_plugin_passes() => PluginConformance.CheckAsync<Quarantine>("prefix: secret/");

    [Fact]
    public async Task A_plugin_that_throws_on_odd_names_is_found()
    {
        var found = await Assert.ThrowsAsync<PluginTestException>(() => PluginConformance.CheckAsync<Parser>());
        Assert.Contains("survives hostile names", found.Message, StringComparison.Ordinal);
        Assert.Contains("IndexOutOfRangeException", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_logs_passwords_is_found()
    {
        var found = await Assert.ThrowsAsync<PluginTestException>(() => PluginConformance.CheckAsync<Chatterbox>());
        Assert.Contains("prints no password", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_stays_is_found()
    {
        var found = await Assert.ThrowsAsync<PluginTestException>(() => PluginConformance.CheckAsync<Clinger>());
        Assert.Contains("can be unloaded", found.Message, StringComparison.Ordinal);
        await PluginConformance.CheckAsync<Clinger>(unloads: false);
    }

    public sealed class Parser : BaseTopicPlugin
    {
        public override ValueTask<Decision> FilterTopicAsync(TopicContext context) => context.Topic.Split('/')[1].Length > 0 ? Decision.Allow : Decision.Deny();
    }

    public sealed class Chatterbox(Microsoft.Extensions.Logging.ILogger<Chatterbox> logger) : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            if (context.Password is { } password)
                Microsoft.Extensions.Logging.LoggerExtensions.LogInformation(logger, "{Password}", System.Text.Encoding.UTF8.GetString(password.Span));
            return Decision.Allow;
        }
    }

    public sealed class Clinger : BrokerPlugin
    {
        // Of another assembly, so that it outlives this one's context.
        public Clinger() => AppDomain.CurrentDomain.ProcessExit += (_, _) => GC.KeepAlive(this);
    }
}
