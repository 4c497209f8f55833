using YamlDotNet.Core;

namespace Amqtt.Runtime.Configuration;

/// <summary>
/// Reads YAML into a <see cref="ConfigNode"/> tree: anchors, aliases and merge keys are resolved, <c>${env:NAME}</c>, <c>${env:NAME:-default}</c> and
/// <c>${file:/path}</c> are replaced, and every node knows its line and column.
/// </summary>
public static class YamlConfig
{
    /// <summary>Reads YAML text.</summary>
    /// <param name="text">One YAML document.</param>
    /// <param name="fileName">What messages call the text and what relative paths start from; null = messages have only line and column.</param>
    /// <param name="errors">Receives syntax errors, unknown variables and the like.</param>
    /// <returns>The tree, or null for an empty document or one that could not be read.</returns>
    public static ConfigNode? Parse(string text, string? fileName, ConfigErrors errors)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(errors);
        var scanner = new Scanner(new StringReader(text), skipComments: true);
        try
        {
            return new YamlTreeBuilder(fileName, errors).Build(new Parser(scanner));
        }
        catch (YamlException e) when (e.Message.Contains("tab", StringComparison.Ordinal) && FindTab(text, (int)e.Start.Line) is { } line)
        {
            // The scanner names the place where it began to look, lines before.
            errors.Add(new(fileName, line, 1), "YAML syntax: the line is indented with a tab; expected spaces");
        }
        catch (YamlException e)
        {
            errors.Add(new(fileName, (int)e.Start.Line, (int)e.Start.Column), $"YAML syntax: {Sentence(e.Message)}");
        }
        catch (InvalidOperationException)
        {
            // The scanner's way of saying that a plain scalar ran out of a flow collection: `a: [1, 2` and then `b: 3`.
            var place = scanner.CurrentPosition;
            errors.Add(new(fileName, (int)place.Line, (int)place.Column), "YAML syntax: a '[' or '{' before this place is not closed; expected ']' or '}'");
        }

        return null;
    }

    /// <inheritdoc cref="ConfigFile.Parse"/>
    public static ConfigNode? ParseFile(string path, ConfigErrors errors) => ConfigFile.Parse(path, errors);

    /// <summary>The first line that is indented with a tab, from this one on.</summary>
    private static int? FindTab(string text, int from)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (number >= from && line[..^line.TrimStart().Length].Contains('\t')) return number;
        }

        return null;
    }

    private static string Sentence(string message) => message.TrimEnd('.');
}
