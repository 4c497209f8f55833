using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Runtime.Configuration;

/// <summary>Describes option classes as JSON Schema (draft-07), for editors: what the binder takes, with descriptions and defaults.</summary>
/// <remarks>An editor completes the snake form of a key and accepts the other spellings. Checks that need more than the file (paths, what excludes what) are the binder's alone.</remarks>
internal sealed class ConfigSchema
{
    private readonly XmlDocumentation _documentation = new();

    /// <summary>The schema of an options class.</summary>
    /// <param name="type">The class.</param>
    /// <param name="without">Keys that are described by somebody else, as C# names.</param>
    public JsonObject Of(Type type, params ReadOnlySpan<string> without)
    {
        var (properties, spellings, required) = (new JsonObject(), new JsonObject(), new JsonArray());
        var defaults = DefaultsOf(type);
        foreach (var member in ClassMembers.Of(type).All)
        {
            if (without.Contains(member.Property.Name)) continue;
            var schema = Of(BindTarget.Of(member.Property, member.Key));
            if (_documentation.SummaryOf(member.Property) is { } summary) schema["description"] = summary;
            if (defaults?.Find(member.Key) is ConfigScalar { IsNull: false, Text.Length: > 0 } value && member.Property.PropertyType != typeof(Secret)) schema["default"] = ValueOf(value);
            if (OtherSpellings(member.Key) is { } pattern) spellings[pattern] = schema.DeepClone();
            properties[member.Key] = schema;
            if (member.IsRequired) required.Add(member.Key);
        }

        var described = new JsonObject { ["type"] = new JsonArray("object", "null"), ["properties"] = properties, ["additionalProperties"] = false };
        if (spellings.Count > 0) described["patternProperties"] = spellings;
        // A required key may be written in another spelling, which draft-07 can only leave to the binder.
        if (required.Count > 0 && spellings.Count == 0) described["required"] = required;
        return described;
    }

    private static ConfigMappingView? DefaultsOf(Type type) =>
        type.GetConstructor([]) is { } constructor ? new ConfigMappingView(ConfigTree.Describe(constructor.Invoke(null))) : null;

    private static JsonValue ValueOf(ConfigScalar scalar)
    {
        if (scalar.IsPlain && bool.TryParse(scalar.Text, out var flag)) return JsonValue.Create(flag);
        return scalar.IsPlain && long.TryParse(scalar.Text, out var number) ? JsonValue.Create(number) : JsonValue.Create(scalar.Text);
    }

    /// <summary>max_connections is also max-connections, maxConnections and MaxConnections.</summary>
    private static string? OtherSpellings(string key)
    {
        var words = key.Split('_');
        return words.Length == 1 ? null : $"^{string.Join("[_-]?", words.Select(word => $"[{char.ToUpperInvariant(word[0])}{word[0]}]{Regex.Escape(word[1..])}"))}$";
    }

    private JsonObject Of(BindTarget target)
    {
        var schema = OfCore(target);
        if (target.Unlimited is null && !target.AllowsNull) return schema;
        var choices = new JsonArray(schema);
        if (target.Unlimited is not null) choices.Add(new JsonObject { ["const"] = UnlimitedValue.Word });
        if (target.AllowsNull || target.Unlimited is { Null: true }) choices.Add(new JsonObject { ["type"] = "null" });
        return new JsonObject { ["anyOf"] = choices };
    }

    private JsonObject OfCore(BindTarget target)
    {
        var type = target.Core;
        if (Array.Exists(type.GetInterfaces(), static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IConfigBindable<>))) return [];
        if (ScalarTypes.Find(type) is { } scalar) return OfScalar(type, scalar, target);
        if (CollectionShape.Of(type) is { } shape)
        {
            var element = Of(new BindTarget(shape.Element, target.KeyPath));
            return shape.IsDictionary
                ? new JsonObject { ["type"] = "object", ["additionalProperties"] = element }
                : new JsonObject { ["type"] = "array", ["items"] = element };
        }

        return ClassBinder.Supports(type) ? Of(type) : [];
    }

    private static JsonObject OfScalar(Type type, ScalarType scalar, BindTarget target)
    {
        if (type == typeof(bool)) return new JsonObject { ["enum"] = new JsonArray(true, false, "yes", "no", "on", "off") };
        if (type.IsEnum) return new JsonObject { ["enum"] = new JsonArray([.. NumbersOf(type), .. Enum.GetNames(type).Select(name => (JsonNode)KeyNames.Snake(name))]) };
        if (type == typeof(TimeSpan) || target.Size is not null) return new JsonObject { ["type"] = new JsonArray("number", "string") };
        if (!scalar.IsNumeric) return new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };
        var number = new JsonObject { ["type"] = type == typeof(float) || type == typeof(double) || type == typeof(decimal) ? "number" : "integer" };
        if (target.Range is { } range && (range.OperandType == typeof(int) || range.OperandType == typeof(double)))
        {
            number["minimum"] = Convert.ToDouble(range.Minimum, null);
            number["maximum"] = Convert.ToDouble(range.Maximum, null);
        }

        return number;
    }

    private static IEnumerable<JsonNode> NumbersOf(Type type) => type == typeof(QoS) ? [0, 1, 2] : [];

    private sealed class ConfigMappingView(ConfigMapping mapping)
    {
        public ConfigNode? Find(string key) => mapping.Entries.FirstOrDefault(entry => entry.Key.Text == key)?.Value;
    }
}
