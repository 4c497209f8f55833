using System.Text;
using System.Text.Json;

namespace Amqtt.Runtime.Configuration;

/// <summary>
/// Reads JSON into a <see cref="ConfigNode"/> tree, as strictly as YAML and with the same places in messages. Comments and a comma after the last element are allowed;
/// <c>${env:NAME}</c> and <c>${file:/path}</c> are replaced in strings.
/// </summary>
public static class JsonConfig
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 };

    /// <summary>Reads JSON text.</summary>
    /// <param name="text">One JSON document.</param>
    /// <param name="fileName">What messages call the text and what relative paths start from; null = messages have only line and column.</param>
    /// <param name="errors">Receives syntax errors, unknown variables and the like.</param>
    /// <returns>The tree, or null for an empty document or one that could not be read.</returns>
    public static ConfigNode? Parse(string text, string? fileName, ConfigErrors errors)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(errors);
        if (string.IsNullOrWhiteSpace(text)) return null;
        var bytes = Encoding.UTF8.GetBytes(text.TrimStart('\ufeff'));
        try
        {
            var reader = new Utf8JsonReader(bytes, Options);
            reader.Read();
            var root = new Builder(bytes, fileName, errors).Node(ref reader);
            if (!reader.Read()) return root.IsNull ? null : root;
            throw new JsonException("Something follows the end of the document", path: null, reader.CurrentState is { } ? null : 0, 0);
        }
        catch (JsonException e)
        {
            // Bytes, counted from 0; a column is a character, but what is not ASCII stands in strings only.
            errors.Add(new(fileName, (int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1), $"JSON syntax: {Sentence(e.Message)}");
            return null;
        }
    }

    private static string Sentence(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }

    private sealed class Builder(byte[] bytes, string? file, ConfigErrors errors)
    {
        private int _line = 1;
        private int _column = 1;
        private int _at;

        public ConfigNode Node(ref Utf8JsonReader reader)
        {
            var place = Place(reader.TokenStartIndex);
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    return Mapping(ref reader, place);
                case JsonTokenType.StartArray:
                    var items = new List<ConfigNode>();
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(Node(ref reader));
                    return new ConfigSequence(place, items);
                case JsonTokenType.Null:
                    return ConfigScalar.Null(place);
                case JsonTokenType.String:
                    return Substitution.Apply(place, reader.GetString()!, isPlain: false, errors);
                default:
                    return new ConfigScalar(place, Encoding.UTF8.GetString(reader.ValueSpan), isPlain: true);
            }
        }

        private ConfigMapping Mapping(ref Utf8JsonReader reader, ConfigLocation place)
        {
            var entries = new YamlMappingEntries(errors);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var key = new ConfigScalar(Place(reader.TokenStartIndex), reader.GetString()!, isPlain: false);
                reader.Read();
                entries.Add(key, Node(ref reader));
            }

            return new(place, entries.ToList());
        }

        // Tokens come in order, so that the whole text is walked once.
        private ConfigLocation Place(long index)
        {
            for (; _at < index; _at++)
            {
                if (bytes[_at] == (byte)'\n')
                {
                    _line++;
                    _column = 1;
                }
                else if ((bytes[_at] & 0xC0) != 0x80)
                {
                    _column++;
                }
            }

            return new(file, _line, _column);
        }
    }
}
