using System.Reflection;
using System.Runtime.CompilerServices;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>
/// Options that know which of their values somebody set. An explicit value always wins over an inherited one, also when it equals the built-in default;
/// that is why a comparison with the default cannot decide it.
/// </summary>
public abstract class InheritableOptions : IKnowsWhatIsSet
{
    private readonly HashSet<string> _explicit = new(StringComparer.Ordinal);

    private protected InheritableOptions()
    {
    }

    /// <summary>True if the property was set, by configuration or by code.</summary>
    /// <param name="property">The property's name: <c>nameof(ListenerOptions.Bind)</c>.</param>
    public bool IsSet(string property) => _explicit.Contains(property);

    private protected void Set<T>(ref T field, T value, [CallerMemberName] string property = "")
    {
        field = value;
        _explicit.Add(property);
    }

    /// <summary>Takes from another instance of the same class every value that is not set here. What it takes counts as set, so that chains of inheritance work.</summary>
    private protected void InheritFrom(InheritableOptions parent, Predicate<PropertyInfo>? include = null)
    {
        foreach (var property in GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is { IsPublic: true } && parent.IsSet(property.Name) && !IsSet(property.Name) && (include is null || include(property)))
                property.SetValue(this, property.GetValue(parent));
        }
    }
}
