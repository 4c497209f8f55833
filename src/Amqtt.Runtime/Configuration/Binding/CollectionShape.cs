namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>A list, a set or a dictionary with text keys: what its elements are and which class to fill.</summary>
/// <param name="Element">Type of the elements or values.</param>
/// <param name="Concrete">The class to construct; null for an array.</param>
/// <param name="IsDictionary">Keys and values instead of elements.</param>
internal sealed record CollectionShape(Type Element, Type? Concrete, bool IsDictionary)
{
    /// <summary>The shape of a type, or null if it is no collection that can be configured.</summary>
    public static CollectionShape? Of(Type type)
    {
        if (type.IsArray)
            return type.GetArrayRank() == 1 ? new(type.GetElementType()!, null, false) : null;
        if (Generic(type, typeof(IDictionary<,>)) is { } dictionary && dictionary[0] == typeof(string))
            return Fillable(type, dictionary[1], typeof(Dictionary<,>).MakeGenericType(dictionary), isDictionary: true);
        if (Generic(type, typeof(IReadOnlyDictionary<,>)) is { } readOnly && readOnly[0] == typeof(string))
            return Fillable(type, readOnly[1], typeof(Dictionary<,>).MakeGenericType(readOnly), isDictionary: true);
        if (Generic(type, typeof(ISet<>)) is { } set)
            return Fillable(type, set[0], typeof(HashSet<>).MakeGenericType(set), isDictionary: false);
        if (Generic(type, typeof(IReadOnlySet<>)) is { } readOnlySet)
            return Fillable(type, readOnlySet[0], typeof(HashSet<>).MakeGenericType(readOnlySet), isDictionary: false);
        if (type != typeof(string) && Generic(type, typeof(IEnumerable<>)) is { } list)
            return Fillable(type, list[0], typeof(List<>).MakeGenericType(list), isDictionary: false);
        return null;
    }

    private static CollectionShape? Fillable(Type type, Type element, Type standard, bool isDictionary)
    {
        if (type.IsAssignableFrom(standard))
            return new(element, standard, isDictionary);
        return type is { IsClass: true, IsAbstract: false } && type.GetConstructor([]) is not null ? new(element, type, isDictionary) : null;
    }

    private static Type[]? Generic(Type type, Type definition)
    {
        if (Matches(type))
            return type.GenericTypeArguments;
        return Array.Find(type.GetInterfaces(), Matches)?.GenericTypeArguments;

        bool Matches(Type t) => t.IsGenericType && t.GetGenericTypeDefinition() == definition;
    }
}
