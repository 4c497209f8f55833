using System.Reflection;
using System.Reflection.Metadata;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>A concrete class of an assembly that was not loaded.</summary>
/// <param name="Name">The full name, as <see cref="Type.FullName"/> has it.</param>
/// <param name="Aliases">The names that <see cref="PluginAliasAttribute"/> gives it.</param>
/// <param name="IsPlugin">It derives from a class of the contract. A class that derives from one of a third assembly may be a plugin all the same.</param>
internal sealed record ClassFacts(string Name, IReadOnlyList<string> Aliases, bool IsPlugin)
{
    /// <summary>The names that <see cref="PluginEntryPointAttribute"/> gives it; only older sections know them.</summary>
    public IReadOnlyList<string> EntryPoints { get; init; } = [];

    private const int DeepestInheritance = 64;

    public static IReadOnlyList<ClassFacts> ReadAll(MetadataReader metadata)
    {
        var classes = new List<ClassFacts>();
        var entryPoints = ReadEntryPoints(metadata);
        foreach (var handle in metadata.TypeDefinitions)
        {
            var definition = metadata.GetTypeDefinition(handle);
            if ((definition.Attributes & (TypeAttributes.Interface | TypeAttributes.Abstract)) != TypeAttributes.NotPublic) continue;
            if (metadata.GetString(definition.Name).StartsWith('<')) continue;
            var name = FullName(metadata, definition);
            classes.Add(new(name, ReadAliases(metadata, definition), DerivesFromContract(metadata, definition)) { EntryPoints = [.. entryPoints[name]] });
        }

        return classes;
    }

    private static string FullName(MetadataReader metadata, TypeDefinition definition)
    {
        var name = metadata.GetString(definition.Name);
        var outer = definition.GetDeclaringType();
        if (!outer.IsNil) return $"{FullName(metadata, metadata.GetTypeDefinition(outer))}+{name}";
        return definition.Namespace.IsNil ? name : $"{metadata.GetString(definition.Namespace)}.{name}";
    }

    private static bool DerivesFromContract(MetadataReader metadata, TypeDefinition definition)
    {
        var current = definition.BaseType;
        // A damaged file may have a class that derives from itself.
        for (var depth = 0; depth < DeepestInheritance && !current.IsNil; depth++)
        {
            if (current.Kind == HandleKind.TypeReference) return IsPluginOfContract(metadata, metadata.GetTypeReference((TypeReferenceHandle)current));
            if (current.Kind != HandleKind.TypeDefinition) return false;
            current = metadata.GetTypeDefinition((TypeDefinitionHandle)current).BaseType;
        }

        return false;
    }

    private static bool IsPluginOfContract(MetadataReader metadata, TypeReference type)
    {
        if (!metadata.StringComparer.Equals(type.Namespace, typeof(BasePlugin).Namespace!)) return false;
        // The contract has other classes to derive from, contexts for one.
        return typeof(BasePlugin).Assembly.GetType($"{typeof(BasePlugin).Namespace}.{metadata.GetString(type.Name)}") is { } known && known.IsAssignableTo(typeof(BasePlugin));
    }

    private static List<string> ReadAliases(MetadataReader metadata, TypeDefinition definition)
    {
        var aliases = new List<string>();
        foreach (var blob in Arguments(metadata, definition.GetCustomAttributes(), nameof(PluginAliasAttribute)))
        {
            var reader = blob;
            if (reader.ReadSerializedString() is { } alias) aliases.Add(alias);
        }

        return aliases;
    }

    private static ILookup<string, string> ReadEntryPoints(MetadataReader metadata)
    {
        var entryPoints = new List<(string Class, string Name)>();
        foreach (var blob in Arguments(metadata, metadata.GetAssemblyDefinition().GetCustomAttributes(), nameof(PluginEntryPointAttribute)))
        {
            var reader = blob;
            // A type is written as its name, with its assembly if that is another one.
            if (reader.ReadSerializedString() is { } name && reader.ReadSerializedString() is { } type) entryPoints.Add((type.Split(',')[0], name));
        }

        return entryPoints.ToLookup(entry => entry.Class, entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The values of the attributes with a name of the contract, at their first argument (ECMA-335 II.23.3: after a prolog of two bytes).</summary>
    private static IEnumerable<BlobReader> Arguments(MetadataReader metadata, CustomAttributeHandleCollection attributes, string name)
    {
        foreach (var handle in attributes)
        {
            var attribute = metadata.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference) continue;
            var parent = metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
            if (parent.Kind != HandleKind.TypeReference) continue;
            if (!metadata.StringComparer.Equals(metadata.GetTypeReference((TypeReferenceHandle)parent).Name, name)) continue;
            var blob = metadata.GetBlobReader(attribute.Value);
            if (blob.ReadUInt16() == 1) yield return blob;
        }
    }
}
