using System.Net;
using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard.Tests.Authentication;

/// <summary>Wrong passwords cost the one who tries them time, and nobody else anything.</summary>
public sealed class FailedLoginTests : IDisposable
{
    private const string Secret = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"; // "secret"
    private readonly TestFolder _folder = new();

    public FailedLoginTests() => _folder.Write("passwd", $"alice:{Secret}\nbob:{Secret}\n");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task After_ten_failures_an_answer_is_late_and_others_go_on(ProtocolVersion version)
    {
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}", _folder.At("broker.yaml"));
        var bob = await host.ConnectAsync("bob", "bob", "secret", version, address: IPAddress.Parse("10.0.0.2"));
        for (var i = 0; i < 10; i++) Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("mallory", "wrong", version));

        var late = host.LogInAsync("alice", "secret", version);
        await host.Log.WaitAsync(line => line.Text.Contains("failed_logins", StringComparison.Ordinal));
        await bob.SubscribeAsync("t");
        await bob.PublishAsync("t", "x", QoS.AtLeastOnce);
        await bob.ExpectAsync("t", "x");
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("bob", "secret", version, address: "10.0.0.3"));
        Assert.False(late.IsCompleted);

        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ReasonCode.Success, await late);
    }

    [Fact]
    public async Task The_limit_is_the_configured_one_and_counts_only_what_a_plugin_denied()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}\nlimits: {failed_logins: 2}\nmqtt31: false", _folder.At("broker.yaml"));
        for (var i = 0; i < 20; i++) Assert.Equal(ReasonCode.UnsupportedProtocolVersion, await host.LogInAsync("alice", "secret", ProtocolVersion.V31));
        for (var i = 0; i < 20; i++) Assert.Equal(ReasonCode.Success, await host.LogInAsync("alice", "secret"));
        for (var i = 0; i < 2; i++) Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("alice", "wrong"));
        var late = host.LogInAsync("alice", "wrong");
        await host.Log.WaitAsync(line => line.Text.Contains("failed_logins", StringComparison.Ordinal));
        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ReasonCode.NotAuthorized, await late);
    }

    [Fact]
    public async Task Beyond_those_that_wait_one_is_turned_away_at_once()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}\nlimits: {failed_logins: 1}", _folder.At("broker.yaml"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("alice", "wrong"));
        var pending = Enumerable.Range(0, 80).Select(_ => host.LogInAsync("alice", "wrong", ProtocolVersion.V5)).ToHashSet();
        for (var turnedAway = 0; turnedAway < 16; turnedAway++)
        {
            var answered = await Task.WhenAny(pending);
            pending.Remove(answered);
            Assert.Equal(ReasonCode.ConnectionRateExceeded, await answered);
        }

        host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(await Task.WhenAll(pending), reason => Assert.Equal(ReasonCode.NotAuthorized, reason));
    }

    [Fact]
    public async Task A_flood_is_a_few_lines_of_the_log()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}\nlimits: {failed_logins: unlimited}", _folder.At("broker.yaml"));
        for (var i = 0; i < 100; i++) Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync($"mallory{i}\u202e", "canary-password"));
        var lines = host.Log.Lines.Where(line => line.Category == "amqtt.broker.security").ToList();
        Assert.Equal(10, lines.Count);
        Assert.All(lines, line => Assert.Contains("\\u202e", line.Text, StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.Lines, line => line.Text.Contains("canary", StringComparison.Ordinal));
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Log.WaitAsync(line => line.Text.EndsWith("refused CONNECTs in the last second, not logged one by one: 90", StringComparison.Ordinal));
    }
}
