using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>One option of a class.</summary>
/// <param name="Property">The property that receives it.</param>
internal sealed record ClassMember(PropertyInfo Property)
{
    /// <summary>The key in messages and documentation.</summary>
    public string Key { get; } = KeyNames.Snake(Property.Name);

    /// <summary>Must be in the configuration: the property is <c>required</c> or has <see cref="RequiredAttribute"/>.</summary>
    public bool IsRequired { get; } = Property.IsDefined(typeof(RequiredMemberAttribute)) || Property.IsDefined(typeof(RequiredAttribute));

    public bool NullIsDefault { get; } = Property.IsDefined(typeof(NullIsDefaultAttribute));
}

/// <summary>The options of a class: its public properties that can be set, in the order of declaration, those of base classes first.</summary>
internal sealed class ClassMembers
{
    private readonly Dictionary<string, ClassMember> _byName = new(StringComparer.Ordinal);

    private ClassMembers(IEnumerable<PropertyInfo> properties)
    {
        foreach (var property in properties)
            _byName.TryAdd(KeyNames.Canonical(property.Name), new(property));
    }

    public IReadOnlyCollection<ClassMember> All => _byName.Values;

    public static ClassMembers Of(Type type) => new(type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)
        .OrderBy(p => Depth(p.DeclaringType!))
        .ThenBy(p => p.MetadataToken));

    public ClassMember? Find(string key) => _byName.GetValueOrDefault(KeyNames.Canonical(key));

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;
}
