using Amqtt.Runtime.Configuration;

namespace Amqtt.Cli.Control;

/// <summary>What a running broker answers a command, for the terminal that sent it.</summary>
/// <param name="ExitCode">The command's exit code.</param>
/// <param name="Output">Lines for the output.</param>
/// <param name="Errors">Lines for the error stream.</param>
internal sealed record ControlAnswer(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    public static ControlAnswer Done(params string[] output) => new(0, output, []);

    public static ControlAnswer Failed(params string[] errors) => new(1, [], errors);

    public static ControlAnswer Failed(IEnumerable<ConfigMessage> errors) => new(1, [], [.. errors.Select(static error => error.ToString())]);

    /// <summary>Prints it.</summary>
    public int Print(Terminal terminal)
    {
        foreach (var line in Output) terminal.Output.WriteLine(line);
        foreach (var line in Errors) terminal.Error(line);
        return ExitCode;
    }
}
