using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>What a value is bound to: a type, and what the property's attributes say about it.</summary>
/// <param name="Type">The type that is wanted.</param>
/// <param name="KeyPath">Full key path, as messages show it.</param>
internal sealed record BindTarget(Type Type, string KeyPath)
{
    /// <summary>The type without <c>?</c>.</summary>
    public Type Core { get; } = Nullable.GetUnderlyingType(Type) ?? Type;

    public bool AllowsNull { get; init; } = Nullable.GetUnderlyingType(Type) is not null;

    public UnlimitedAttribute? Unlimited { get; init; }

    public SizeAttribute? Size { get; init; }

    public ConfigPathAttribute? Path { get; init; }

    public RangeAttribute? Range { get; init; }

    public static BindTarget Of(PropertyInfo property, string keyPath) => new(property.PropertyType, keyPath)
    {
        AllowsNull = Nullable.GetUnderlyingType(property.PropertyType) is not null
            || (!property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).WriteState != NullabilityState.NotNull),
        Unlimited = property.GetCustomAttribute<UnlimitedAttribute>(),
        Size = property.GetCustomAttribute<SizeAttribute>(),
        Path = property.GetCustomAttribute<ConfigPathAttribute>(),
        Range = property.GetCustomAttribute<RangeAttribute>(),
    };

    /// <summary>The message that a value of another kind was found.</summary>
    public string Expected(string what, ConfigNode found, string hint = "") => $"{KeyPath}: expected {what}, but found {found.Kind}{hint}";
}
