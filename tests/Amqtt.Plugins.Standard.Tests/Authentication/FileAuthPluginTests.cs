using Amqtt.Protocol;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard.Tests.Authentication;

/// <summary>P-F2, through the broker; the hashes themselves are tested in PasswordHashTests.</summary>
public sealed class FileAuthPluginTests : IDisposable
{
    private const string Secret = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"; // "secret"
    private const string OfMosquitto = "$7$101$xWw9GAWKKOdIB6vG$Xh+95SD4fik3+0Ob+HjAL2D+IDwiXckRIzuBVYv6K4dFc1I3YSAFqUMllMOESATFu76tUSzYbEsT3Sps5N4gyA==";
    private const string OfCrypt = "$6$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz.";
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("auth_file")]
    [InlineData("password_file")]
    [InlineData("amqtt.plugins.authentication.FileAuthPlugin")]
    [InlineData("amqtt.plugin.authentication.FileAuthPlugin")]
    [InlineData("Amqtt.Plugins.Standard.FileAuthPlugin")]
    public async Task The_right_password_lets_in(string name)
    {
        _folder.Write("passwd", $"alice:{Secret}\n");
        await using var host = await PluginTestHost.StartAsync($"plugins: {{{name}: {{password-file: passwd}}}}", _folder.At("broker.yaml"));
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("alice", "secret"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("alice", "Secret"));
    }

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task Who_is_refused(ProtocolVersion version)
    {
        _folder.Write("passwd", $"alice:{Secret}\nnobody:plain text\n");
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}", _folder.At("broker.yaml"));
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("alice", "secret", version));
        (string? User, string? Password)[] refused =
        [
            (null, null), ("", "secret"), ("alice", "wrong"), ("alice", ""), ("alice", new string('x', 2000)), ("Alice", "secret"), ("mallory", "secret"), ("nobody", "plain text"),
        ];
        foreach (var (user, password) in refused)
            Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync(user, password, version, address: $"10.0.1.{Array.IndexOf(refused, (user, password))}"));
    }

    [Fact]
    public async Task A_client_without_user_name_is_left_to_other_plugins()
    {
        _folder.Write("passwd", $"alice:{Secret}\n");
        await using var host = await PluginTestHost.StartAsync("plugins: {anonymous: , auth_file: {password_file: passwd}}", _folder.At("broker.yaml"));
        Assert.Equal(ReasonCode.Success, await host.LogInAsync(null, null));
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("alice", "secret"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("alice", "wrong"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("mallory", "secret"));
    }

    [Fact]
    public async Task How_lines_are_read()
    {
        _folder.Write("passwd", $"# alice:comment\r\n\r\n  \nno colon here\nalice:{OfCrypt}\nalice:$2b$04$wrong\nalice:{Secret}  \r\ncarol:{OfMosquitto}\nöçş:{Secret}");
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}", _folder.At("broker.yaml"));
        foreach (var user in new[] { "alice", "carol", "öçş" }) Assert.Equal(ReasonCode.Success, await host.LogInAsync(user, "secret"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("# alice", "secret"));
        var warnings = host.Log.At(LogLevel.Warning).ToList();
        Assert.Contains(warnings, line => line.StartsWith("passwd:4: expected 'name:hash'", StringComparison.Ordinal));
        Assert.Contains(warnings, line => line.StartsWith("passwd:5: the hash of user 'alice' is weak (SHA-512-crypt", StringComparison.Ordinal));
        Assert.Contains(warnings, line => line.StartsWith("passwd:6: the hash of user 'alice' has a form that is unknown", StringComparison.Ordinal));
        Assert.Contains(warnings, line => line.StartsWith("passwd:8: the hash of user 'carol' is weak (PBKDF2 with only 101 iterations)", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.Lines, line => line.Text.Contains(Secret[7..], StringComparison.Ordinal) || line.Text.Contains(OfCrypt[3..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_file_stops_the_start()
    {
        var failure = await Assert.ThrowsAsync<PluginInitException>(() => PluginTestHost.StartAsync("plugins: {auth_file: {password_file: missing}}", _folder.At("broker.yaml")));
        var cause = Assert.IsType<PasswordFileException>(failure.InnerException);
        Assert.Contains(_folder.At("missing"), cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_file_every_named_user_is_refused()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: [anonymous, auth_file]");
        Assert.Equal(ReasonCode.Success, await host.LogInAsync(null, null));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("alice", "secret"));
        Assert.Contains(host.Log.At(LogLevel.Warning), line => line.Contains("No password_file is set", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_user_costs_as_much_as_a_wrong_password()
    {
        var file = PasswordFile.Parse($"alice:{Secret}\nbroken:?\n", "passwd", LoggerFactory.Create(_ => { }).CreateLogger(""));
        var (own, isOwn) = file.Find("alice");
        Assert.True(isOwn);
        foreach (var user in new[] { "mallory", "broken", "", "Alice" })
        {
            var (other, isTheirs) = file.Find(user);
            Assert.Same(own, other);
            Assert.False(isTheirs);
        }
    }

    [Fact]
    public async Task Not_even_the_password_of_the_stand_in_lets_an_unknown_user_in()
    {
        _folder.Write("passwd", $"alice:{Secret}\n");
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}", _folder.At("broker.yaml"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("mallory", "secret"));
    }

    [Fact]
    public async Task A_changed_file_counts_without_a_restart_and_a_broken_one_does_not()
    {
        _folder.Write("passwd", $"alice:{Secret}\n");
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}", _folder.At("broker.yaml"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("bob", "secret"));

        _folder.Write("passwd", $"bob:{Secret}\n");
        await ReloadAsync(host, "was read anew", 1);
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("bob", "secret"));
        Assert.Equal(ReasonCode.NotAuthorized, await host.LogInAsync("alice", "secret"));

        File.Delete(_folder.At("passwd"));
        await ReloadAsync(host, "cannot be used", 1);
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("bob", "secret"));

        await File.WriteAllBytesAsync(_folder.Write("passwd", ""), [0xff, 0xfe, 0xfd], TestContext.Current.CancellationToken);
        await ReloadAsync(host, "cannot be used", 2);
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("bob", "secret"));
        Assert.Contains(host.Log.At(LogLevel.Error), line => line.Contains("not UTF-8", StringComparison.Ordinal));

        _folder.Write("passwd", $"alice:{Secret}\nbob:{Secret}\n");
        await ReloadAsync(host, "was read anew", 2);
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("alice", "secret"));
    }

    [Fact]
    public async Task A_file_that_could_not_be_read_counts_as_soon_as_it_can_be()
    {
        _folder.Write("passwd", $"alice:{Secret}\n");
        await using var host = await PluginTestHost.StartAsync("plugins: {auth_file: {password_file: passwd}}", _folder.At("broker.yaml"));
        // Whoever may read it is no part of its stamp.
        await using (File.Open(_folder.Write("passwd", $"bob:{Secret}\n"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            await ReloadAsync(host, "cannot be used", 1);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Log.WaitAsync(line => line.Text.Contains("was read anew", StringComparison.Ordinal), 1);
        Assert.Equal(ReasonCode.Success, await host.LogInAsync("bob", "secret"));
    }

    // One period to notice that the file has changed, one to see that it has come to rest.
    internal static async Task ReloadAsync(PluginTestHost host, string outcome, int times)
    {
        var changes = host.Log.Lines.Count(line => line.Text.Contains("is being changed", StringComparison.Ordinal));
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Log.WaitAsync(line => line.Text.Contains("is being changed", StringComparison.Ordinal), changes + 1);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        await host.Log.WaitAsync(line => line.Text.Contains(outcome, StringComparison.Ordinal), times);
    }
}
