using System.Collections.Concurrent;
using System.Reflection;
using System.Xml;
using System.Xml.Linq;

namespace Amqtt.Runtime.Configuration;

/// <summary>The summaries of options, from the documentation files that lie beside assemblies. An assembly without one has none.</summary>
internal sealed class XmlDocumentation
{
    private readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> _members = new();

    /// <summary>The summary of a property as one line of plain text, or null.</summary>
    public string? SummaryOf(PropertyInfo property)
    {
        var members = _members.GetOrAdd(property.DeclaringType!.Assembly, Read);
        var name = $"P:{property.DeclaringType!.FullName!.Replace('+', '.')}.{property.Name}";
        if (!members.TryGetValue(name, out var summary)) return null;
        var words = string.Concat(summary.Nodes().Select(TextOf)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 ? string.Join(' ', words) : null;
    }

    private static Dictionary<string, XElement> Read(Assembly assembly)
    {
        var file = assembly.Location.Length == 0 ? null : Path.ChangeExtension(assembly.Location, ".xml");
        if (file is null || !File.Exists(file)) return [];
        try
        {
            return XDocument.Load(file).Descendants("member")
                .Where(member => member.Attribute("name") is not null && member.Element("summary") is not null)
                .ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("summary")!, StringComparer.Ordinal);
        }
        catch (XmlException)
        {
            return []; // of a plugin's folder: a damaged file is a description less
        }
    }

    private static string TextOf(XNode node) => node switch
    {
        XText text => text.Value,
        // A reference reads as the name it refers to, an option as it is written.
        XElement { Name.LocalName: "see" } see => NameOf(see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? ""),
        XElement element => string.Concat(element.Nodes().Select(TextOf)),
        _ => "",
    };

    private static string NameOf(string reference)
    {
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("P:", StringComparison.Ordinal) || reference.StartsWith("F:", StringComparison.Ordinal) ? Binding.KeyNames.Snake(name) : name;
    }
}
