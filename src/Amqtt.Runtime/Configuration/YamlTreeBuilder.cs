using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Amqtt.Runtime.Configuration;

/// <summary>Turns parser events into <see cref="ConfigNode"/>s. For one document.</summary>
internal sealed class YamlTreeBuilder(string? file, ConfigErrors errors)
{
    private const string CoreTag = "tag:yaml.org,2002:";

    // No configuration comes near either; without them a few lines of nested aliases ("billion laughs") or brackets would exhaust memory or stack.
    private const int MaxNodes = 100_000;
    private const int MaxDepth = 64;

    private readonly Dictionary<AnchorName, (ConfigNode Node, int Size)> _anchors = [];
    private int _nodes;
    private int _depth;

    public ConfigNode? Build(IParser parser)
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
            return null;
        parser.Consume<DocumentStart>();
        var root = Node(parser);
        parser.Consume<DocumentEnd>();
        if (parser.Accept<DocumentStart>(out var second))
            errors.Add(At(second), "a second YAML document starts here; expected one document in a file");
        return root.IsNull ? null : root;
    }

    private ConfigNode Node(IParser parser)
    {
        var before = _nodes++;
        if (parser.Accept<AnchorAlias>(out var alias))
        {
            parser.MoveNext();
            return Resolve(alias);
        }

        parser.Accept<NodeEvent>(out var start);
        ConfigNode node = start switch
        {
            Scalar scalar => TakeScalar(parser, scalar),
            SequenceStart => Sequence(parser),
            MappingStart => Mapping(parser),
            _ => throw new SemanticErrorException(parser.Current!.Start, parser.Current.End, "found no value where one was expected"),
        };
        if (!start.Anchor.IsEmpty)
            _anchors[start.Anchor] = (node, _nodes - before);
        return node;
    }

    // An alias shares the node of its anchor, but counts as if it were written out, because that is what reading it costs later.
    private ConfigNode Resolve(AnchorAlias alias)
    {
        var place = At(alias);
        if (!_anchors.TryGetValue(alias.Value, out var anchor))
        {
            errors.Add(place, $"the alias '*{alias.Value}' has no anchor '&{alias.Value}' that is complete before it");
            return new ConfigScalar(place, "", isPlain: true) { IsBroken = true };
        }

        _nodes += anchor.Size;
        if (_nodes > MaxNodes)
            throw new SemanticErrorException(alias.Start, alias.End, $"the aliases stand for more than {MaxNodes} values");
        return anchor.Node;
    }

    private ConfigScalar TakeScalar(IParser parser, Scalar scalar)
    {
        parser.MoveNext();
        var place = At(scalar);
        var tag = scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific ? "" : scalar.Tag.Value;
        var plain = scalar.Style == ScalarStyle.Plain;
        switch (tag)
        {
            case "" or CoreTag + "null":
                break;
            case CoreTag + "str":
                plain = false;
                break;
            case CoreTag + "int" or CoreTag + "float" or CoreTag + "bool":
                plain = true;
                break;
            case CoreTag + "binary":
                return Binary(place, scalar.Value);
            default:
                errors.Add(place, $"the tag '{tag}' has no meaning here; remove it");
                return new(place, "", isPlain: true) { IsBroken = true };
        }

        return plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL" && scalar.Style == ScalarStyle.Plain
            ? ConfigScalar.Null(place)
            : Substitution.Apply(place, scalar.Value, plain, errors);
    }

    private ConfigScalar Binary(ConfigLocation place, string text)
    {
        var bytes = new byte[text.Length];
        if (Convert.TryFromBase64String(text, bytes, out var length))
            return new(place, text, isPlain: false) { Bytes = bytes[..length] };
        errors.Add(place, "a !!binary value is not valid base64");
        return new(place, "", isPlain: true) { IsBroken = true };
    }

    private ConfigSequence Sequence(IParser parser)
    {
        var location = Enter(parser);
        var items = new List<ConfigNode>();
        while (!parser.Accept<SequenceEnd>(out _))
            items.Add(Node(parser));
        Leave(parser);
        return new(location, items);
    }

    private ConfigMapping Mapping(IParser parser)
    {
        var location = Enter(parser);
        var entries = new YamlMappingEntries(errors);
        while (!parser.Accept<MappingEnd>(out _))
        {
            parser.Accept<Scalar>(out var plainKey);
            var merges = plainKey is { Style: ScalarStyle.Plain, Value: "<<" };
            var keyNode = plainKey is not null ? Key(parser, plainKey) : Node(parser);
            var value = Node(parser);
            if (merges)
                entries.Merge(value);
            else if (keyNode is ConfigScalar key)
                entries.Add(key, value);
            else
                errors.Add(keyNode.Location, $"{keyNode.Kind} cannot be a key; expected a text");
        }

        Leave(parser);
        return new(location, entries.ToList());
    }

    // Keys are names: no substitution, and `null` or `on` is the text that is written there.
    private ConfigScalar Key(IParser parser, Scalar scalar)
    {
        parser.MoveNext();
        _nodes++;
        var key = new ConfigScalar(At(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain);
        if (!scalar.Anchor.IsEmpty)
            _anchors[scalar.Anchor] = (key, 1);
        return key;
    }

    private ConfigLocation Enter(IParser parser)
    {
        var start = parser.Consume<NodeEvent>();
        if (++_depth > MaxDepth || _nodes > MaxNodes)
            throw new SemanticErrorException(start.Start, start.End, $"a configuration has at most {MaxDepth} levels and {MaxNodes} values");
        return At(start);
    }

    private void Leave(IParser parser)
    {
        parser.MoveNext();
        _depth--;
    }

    private ConfigLocation At(ParsingEvent e) => new(file, (int)e.Start.Line, (int)e.Start.Column);
}
