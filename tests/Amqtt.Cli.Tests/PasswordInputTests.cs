using Amqtt.Cli.Commands;

namespace Amqtt.Cli.Tests;

/// <summary>The keys at a password prompt do what they do in a line that the terminal edits.</summary>
public sealed class PasswordInputTests
{
    private const string EndedEarly = "the input ended before there was a password";

    [Theory]
    [InlineData("secret\rsecret\r", "secret", null)]
    [InlineData("wrong\x15secret\rsecret\r", "secret", null)] // Ctrl-U
    [InlineData("\x15secret\r\x15secret\r", "secret", null)]
    [InlineData("secrx\bet\r\b\bsecret\r", "secret", null)]
    [InlineData("key🔑\b\rkey\r", "key", null)]
    [InlineData("\x01se\tcr\x1b" + "et\rsecret\r", "secret", null)] // what moves the cursor is no part of it
    [InlineData("sec\x04ret\rsecret\r", "secret", null)] // Ctrl-D behind something
    [InlineData("\x04", null, EndedEarly)]
    [InlineData("secret\r\x04", null, EndedEarly)]
    [InlineData("secret\rsecrets\r", null, "the two passwords are different")]
    public void Keys_edit_the_line(string keys, string? password, string? problem)
    {
        using var error = new StringWriter();
        var left = new Queue<char>(keys);
        var input = new PasswordInput(new Terminal(TextWriter.Null, error), () => KeyOf(left.Dequeue()));

        Assert.Equal((password, problem), input.ReadTyped());

        Assert.Empty(left);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    private static ConsoleKeyInfo KeyOf(char typed)
    {
        var key = typed switch { '\r' => ConsoleKey.Enter, '\b' => ConsoleKey.Backspace, _ => ConsoleKey.None };
        return new(typed, key, shift: false, alt: false, control: false);
    }
}
