using Amqtt.Cli.Commands;
using Amqtt.Plugins.Standard;

namespace Amqtt.Cli.Tests;

/// <summary>P-H6.</summary>
public sealed class PasswdCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_line_of_the_standard_input_is_the_password_and_the_file_is_the_owners()
    {
        var file = Path.Combine(Path.GetDirectoryName(_folder.Write("x", ""))!, "passwd");
        var (code, output, error) = await AmqttProcess.RunAsync(["passwd", "-c", file, "alice"], [], "sécret\n");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("alice", output, StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.StartsWith("alice:$argon2id$v=19$m=65536,t=3,p=4$", text, StringComparison.Ordinal);
        Assert.True(PasswordHasher.Verify("sécret"u8, text.TrimEnd()["alice:".Length..]));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_hash_alone_is_printed_alone()
    {
        var (code, output, error) = await AmqttProcess.RunAsync(["passwd", "--hash"], [], "secret\n");
        Assert.Equal((0, ""), (code, error));
        Assert.True(PasswordHasher.Verify("secret"u8, output.TrimEnd()));
    }

    [Theory]
    [InlineData("passwd")]
    [InlineData("passwd", "file")]
    [InlineData("passwd", "--hash", "file", "user")]
    public async Task A_wrong_call_is_a_usage_error(params string[] arguments)
    {
        Assert.Equal(2, await CommandLine.RunAsync(arguments, _output, _error));
        Assert.StartsWith("❌", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Comments_and_order_stay_and_the_last_line_of_a_user_is_replaced()
    {
        var file = _folder.Write("passwd", "# users\r\nalice:old1\r\n\r\n  bob : x\r\nalice:old2\r\n#alice:comment\r\ncarol:y");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Equal(0, Command("new").Change(file, "alice", create: false, delete: false));
        var lines = File.ReadAllText(file).Split("\r\n");
        Assert.Equal(["# users", "", "  bob : x", "alice:", "#alice:comment", "carol:y", ""], lines.Select(line => line.StartsWith("alice:", StringComparison.Ordinal) ? "alice:" : line));
        Assert.True(PasswordHasher.Verify("new"u8, lines[3]["alice:".Length..]));
        if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.GroupRead));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void A_user_is_added_at_the_end_and_removed()
    {
        var file = _folder.Write("passwd", "alice:x\n");
        Assert.Equal(0, Command("secret").Change(file, "bob", create: false, delete: false));
        Assert.Equal(["alice:x", "bob:"], File.ReadAllLines(file).Select(line => line.StartsWith("bob", StringComparison.Ordinal) ? "bob:" : line));
        Assert.Equal(0, Command(null).Change(file, "alice", create: false, delete: true));
        Assert.StartsWith("bob:", File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", true, false, "secret", "exists already")]
    [InlineData("nobody", false, true, "secret", "there is no user 'nobody'")]
    [InlineData("alice", false, false, "", "must not be blank")]
    [InlineData("alice", false, false, "  ", "must not be blank")]
    [InlineData("al:ice", false, false, "secret", "must not have a ':'")]
    [InlineData("al\nice", false, false, "secret", "line break")]
    [InlineData("#alice", false, false, "secret", "must not begin with '#'")]
    [InlineData("", false, false, "secret", "must not be empty")]
    [InlineData(" alice", false, false, "secret", "begin or end with a space")]
    [InlineData("alice", true, true, "secret", "exclude each other")]
    public void What_is_refused_changes_nothing(string user, bool create, bool delete, string password, string expected)
    {
        var file = _folder.Write("passwd", "alice:x\n");
        Assert.Equal(1, Command(password).Change(file, user, create, delete));
        Assert.Equal("alice:x\n", File.ReadAllText(file));
        Assert.StartsWith("❌", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_utf_8_stays_as_it_is()
    {
        var file = _folder.Write("passwd", "");
        byte[] old = [.. "k\u00f6ln:x\n".Select(c => (byte)c)]; // Latin-1
        File.WriteAllBytes(file, old);
        Assert.Equal(1, Command("secret").Change(file, "alice", create: false, delete: false));
        Assert.Equal(old, File.ReadAllBytes(file));
        Assert.Contains("is not UTF-8 text", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_that_would_never_be_let_in_is_refused()
    {
        var file = _folder.Write("passwd", "");
        Assert.Equal(1, Command(new string('x', PasswordHasher.LongestPassword + 1)).Change(file, "alice", create: false, delete: false));
        Assert.Contains("must not have more than 1024 bytes", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, Command(new string('x', PasswordHasher.LongestPassword)).Change(file, "alice", create: false, delete: false));
    }

    [Theory]
    [InlineData("", false, "is a folder")]
    [InlineData("", true, "is a folder")]
    [InlineData("no/such", true, "does not exist; expected one that does")]
    public void A_place_that_is_none_for_a_file_is_named(string name, bool create, string expected)
    {
        var folder = Path.GetDirectoryName(_folder.Write("x", ""))!;
        Assert.Equal(1, Command("secret").Change(Path.Combine(folder, name), "alice", create, delete: false));
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_not_made_by_accident()
    {
        var file = Path.Combine(Path.GetDirectoryName(_folder.Write("x", ""))!, "missing");
        Assert.Equal(1, Command("secret").Change(file, "alice", create: false, delete: false));
        Assert.False(File.Exists(file));
    }

    private PasswdCommand Command(string? password) => new(new Terminal(_output, _error), () => (password, password is null ? "nobody asked for one" : null));
}
