using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard.Tests;

/// <summary>P-F1, and its names in P-E18.</summary>
public sealed class AnonymousAuthPluginTests
{
    [Theory]
    [InlineData("anonymous", null, true, true)]
    [InlineData("anonymous", "", true, true)]
    [InlineData("anonymous", "user", true, false)]
    [InlineData("{anonymous: {allow_anonymous: true}}", null, true, true)]
    [InlineData("{anonymous: {allow_anonymous: false}}", null, false, false)]
    [InlineData("{anonymous: {allow-anonymous: false}}", "", false, false)]
    [InlineData("{anonymous: {allowAnonymous: no}}", "user", true, false)]
    [InlineData("auth_anonymous", null, true, true)]
    [InlineData("amqtt.plugins.authentication.AnonymousAuthPlugin", null, true, true)]
    [InlineData("amqtt.plugin.authentication.AnonymousAuthPlugin", null, true, true)]
    [InlineData("Amqtt.Plugins.Standard.AnonymousAuthPlugin", null, true, true)]
    public async Task Who_may_connect(string plugin, string? userName, bool isAllowed, bool isAnonymous)
    {
        await using var host = await PluginTestHost.StartAsync($"plugins: [{plugin}]");

        var (_, answer) = await host.TryConnectAsync(PluginTestHost.CreateConnect("c", userName));

        Assert.Equal(isAllowed ? ReasonCode.Success : ReasonCode.NotAuthorized, answer.Reason);
        Assert.Equal(isAllowed ? isAnonymous : null, host.Broker.FindSession("c")?.IsAnonymous);
    }

    [Theory]
    [InlineData("anonymous", true)]
    [InlineData("{anonymous: {allow_anonymous: false}}", false)]
    public async Task Open_access_is_one_warning_at_start(string plugin, bool warns)
    {
        await using var host = await PluginTestHost.StartAsync($"plugins: [{plugin}]");
        Assert.Equal(warns ? 1 : 0, host.Log.At(LogLevel.Warning).Count);
    }
}
