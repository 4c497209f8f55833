using System.Text;

namespace Amqtt.Cli.Commands;

/// <summary>One line of the standard input or, at a terminal, what somebody types twice without seeing it.</summary>
internal sealed class PasswordInput(Terminal terminal)
{
    /// <summary>The password, or what went wrong.</summary>
    public (string? Password, string? Problem) Read()
    {
        if (Console.IsInputRedirected) return Console.In.ReadLine() is { } line ? (line, null) : (null, "the input ended before there was a password");
        var first = Prompt("Password: ");
        var second = Prompt("Again: ");
        return first == second ? (first, null) : (null, "the two passwords are different");
    }

    private string Prompt(string text)
    {
        terminal.Prompt(text);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar != '\0') typed.Append(key.KeyChar);
        }

        terminal.Prompt(Environment.NewLine);
        return typed.ToString();
    }
}
