using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Architecture.Tests.Reference;

/// <summary>The summaries of the XML documentation, as a line of Markdown.</summary>
internal static partial class Documentation
{
    private static readonly ConcurrentDictionary<Assembly, ILookup<string, XElement>> Pages = [];

    public static string Of(Type type) => Find(type.Assembly, $"T:{type.FullName!.Replace('+', '.')}");

    public static string Of(PropertyInfo property) => Find(property.DeclaringType!.Assembly, $"P:{property.DeclaringType.FullName!.Replace('+', '.')}.{property.Name}");

    private static string Find(Assembly assembly, string member)
    {
        var summary = Pages.GetOrAdd(assembly, Load)[member].FirstOrDefault();
        return summary is null ? "" : Spaces().Replace(string.Concat(summary.Nodes().Select(Text)), " ").Trim();
    }

    private static ILookup<string, XElement> Load(Assembly assembly) => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"))
        .Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToLookup(member => member.Attribute("name")!.Value, member => member.Element("summary")!, StringComparer.Ordinal);

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value.Replace("<", "&lt;", StringComparison.Ordinal),
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } cref => $"`{Name(cref.Value)}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("langword") is { } word => $"`{word.Value}`",
        XElement element => string.Concat(element.Nodes().Select(Text)),
        _ => "",
    };

    // A property is a key, a field of an enumeration one of its values; others are names.
    private static string Name(string cref)
    {
        var last = cref[(cref.LastIndexOf('.') + 1)..];
        if (last is nameof(Timeout.InfiniteTimeSpan) or nameof(int.MaxValue)) return "unlimited";
        return cref[0] is 'P' or 'F' ? KeyNames.Snake(last) : last;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
