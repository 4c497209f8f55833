using System.CommandLine;
using System.CommandLine.Parsing;

namespace Amqtt.Cli;

/// <summary>Says for people what is wrong with a command line, where the parser would speak of types of .NET.</summary>
internal static class UsageErrors
{
    /// <summary>The message of an error.</summary>
    public static string Describe(ParseError error)
    {
        if ((error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult) is not { IdentifierToken: { } name, Tokens: [var value, ..] } option)
            return error.Message;
        var type = option.Option.ValueType;
        // What is wrong with the number of values, the parser says well.
        return error.Message.Contains($"'{type}'", StringComparison.Ordinal) ? $"{name.Value} {value.Value}: expected {Expected(Nullable.GetUnderlyingType(type) ?? type)}." : error.Message;
    }

    /// <summary>Where to look: the help of the command that was called.</summary>
    public static string Hint(CommandResult called)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = called; at is CommandResult command; at = at.Parent)
            names.Push(at.Parent is null ? "amqtt" : command.Command.Name);
        return $"'{string.Join(' ', names)} --help' lists commands and options.";
    }

    private static string Expected(Type type) => type switch
    {
        { IsEnum: true } => string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant())),
        _ when type == typeof(double) => "a number",
        _ when type == typeof(uint) => "a whole number that is not negative",
        _ => "a whole number",
    };
}
