using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Amqtt.Runtime.Configuration;

/// <summary>Writes a <see cref="ConfigNode"/> tree as YAML that reads back as the same tree.</summary>
public static partial class YamlText
{
    /// <summary>Writes a tree.</summary>
    /// <param name="node">The tree; a mapping at the top as a rule.</param>
    /// <returns>YAML in block style, lines ended by a line feed.</returns>
    public static string Write(ConfigNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var text = new StringBuilder();
        if (Inline(node) is { } line)
            text.Append(line).Append('\n');
        else
            Block(text, node, indent: 0);
        return text.ToString();
    }

    private static void Block(StringBuilder text, ConfigNode node, int indent)
    {
        if (node is ConfigMapping mapping)
        {
            foreach (var entry in mapping.Entries)
                Entry(text, entry, indent, onNewLine: true);
            return;
        }

        foreach (var item in ((ConfigSequence)node).Items)
        {
            text.Append(' ', indent).Append('-');
            if (item is ConfigMapping { Entries.Count: > 0 } inner)
                Item(text, inner, indent + 2);
            else
                Value(text, item, indent + 2);
        }
    }

    // A mapping in a list starts behind the dash.
    private static void Item(StringBuilder text, ConfigMapping mapping, int indent)
    {
        text.Append(' ');
        for (var i = 0; i < mapping.Entries.Count; i++)
            Entry(text, mapping.Entries[i], indent, onNewLine: i > 0);
    }

    private static void Entry(StringBuilder text, ConfigEntry entry, int indent, bool onNewLine)
    {
        text.Append(' ', onNewLine ? indent : 0).Append(Key(entry.Key.Text)).Append(':');
        Value(text, entry.Value, indent + 2);
    }

    private static void Value(StringBuilder text, ConfigNode value, int indent)
    {
        if (Inline(value) is { } line)
        {
            text.Append(' ').Append(line).Append('\n');
            return;
        }

        text.Append('\n');
        Block(text, value, indent);
    }

    // Scalars, empty collections and lists of scalars fit behind their key.
    private static string? Inline(ConfigNode node) => node switch
    {
        ConfigScalar scalar => Scalar(scalar),
        ConfigMapping { Entries.Count: 0 } => "{}",
        ConfigSequence list when list.Items.All(item => item is ConfigScalar) => $"[{string.Join(", ", list.Items.Select(item => Scalar((ConfigScalar)item)))}]",
        _ => null,
    };

    private static string Scalar(ConfigScalar scalar)
    {
        if (scalar.IsNull)
            return "null";
        if (scalar.Bytes is { } bytes)
            return $"!!binary {(bytes.Length == 0 ? "\"\"" : Convert.ToBase64String(bytes))}";
        var bare = scalar.IsPlain ? SafePlain().IsMatch(scalar.Text) : IsSafeText(scalar.Text);
        return bare ? scalar.Text : Quoted(Substitution.Escape(scalar.Text));
    }

    // Nothing is substituted in keys.
    private static string Key(string text) => SafePlain().IsMatch(text) ? text : Quoted(text);

    // Text that no reader of YAML could take for a number, a boolean, null, or syntax.
    private static bool IsSafeText(string text) => SafeText().IsMatch(text) && !Word().IsMatch(text) && !decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' or >= '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    // A colon is no syntax within a word; four numbers with dots are an address.
    [GeneratedRegex(@"\A([A-Za-z/.][A-Za-z0-9_/.:+-]*(?<!:)|\d+\.\d+\.\d+\.\d+(:\d+)?)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SafeText();

    [GeneratedRegex(@"\A[A-Za-z0-9$.+-][A-Za-z0-9_/.%+-]*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SafePlain();

    [GeneratedRegex(@"\A(true|false|yes|no|on|off|null|y|n|unlimited|\.nan|[-+.]?\.?inf)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
