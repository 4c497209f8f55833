using System.Text;

namespace Amqtt.Cli.Commands;

/// <summary>One line of the standard input or, at a terminal, what somebody types twice without seeing it.</summary>
/// <param name="terminal">Where it asks.</param>
/// <param name="readKey">The next key at the terminal, not shown.</param>
internal sealed class PasswordInput(Terminal terminal, Func<ConsoleKeyInfo> readKey)
{
    // What the keys of a line that a terminal edits itself are read as.
    private const char EraseLine = '\x15'; // Ctrl-U
    private const char EndOfInput = '\x04'; // Ctrl-D

    private static readonly (string?, string?) Ended = (null, "the input ended before there was a password");

    /// <summary>The password, or what went wrong.</summary>
    public (string? Password, string? Problem) Read()
    {
        if (!Console.IsInputRedirected) return ReadTyped();
        return Console.In.ReadLine() is { } line ? (line, null) : Ended;
    }

    /// <summary>What somebody types twice.</summary>
    public (string? Password, string? Problem) ReadTyped()
    {
        if (Prompt("Password: ") is not { } first || Prompt("Again: ") is not { } second) return Ended;
        return first == second ? (first, null) : (null, "the two passwords are different");
    }

    private string? Prompt(string text)
    {
        terminal.Prompt(text);
        var typed = ReadLine();
        terminal.Prompt(Environment.NewLine);
        return typed;
    }

    /// <summary>A line, edited as a terminal would; null if the input ends. Ctrl-C never comes here: it ends the process.</summary>
    private string? ReadLine()
    {
        var typed = new StringBuilder();
        while (readKey() is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) EraseCharacter(typed);
            else if (key.KeyChar == EraseLine) typed.Clear();
            else if (key.KeyChar == EndOfInput && typed.Length == 0) return null;
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }

        return typed.ToString();
    }

    private static void EraseCharacter(StringBuilder typed)
    {
        if (typed.Length == 0) return;
        var isPair = typed.Length > 1 && char.IsSurrogatePair(typed[^2], typed[^1]);
        typed.Length -= isPair ? 2 : 1;
    }
}
