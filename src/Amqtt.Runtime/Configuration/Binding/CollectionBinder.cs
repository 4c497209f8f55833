using System.Collections;
using System.Reflection;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Binds lists, sets, arrays and dictionaries. An empty value is an empty collection.</summary>
internal sealed class CollectionBinder(NodeBinder binder, ConfigErrors errors)
{
    private static readonly MethodInfo AddEntryMethod = typeof(CollectionBinder).GetMethod(nameof(AddEntry), BindingFlags.NonPublic | BindingFlags.Static)!;
    private static readonly MethodInfo AddItemMethod = typeof(CollectionBinder).GetMethod(nameof(AddItem), BindingFlags.NonPublic | BindingFlags.Static)!;

    public bool TryBind(CollectionShape shape, ConfigNode node, BindTarget target, out object? value)
    {
        if (node is ConfigMapping mapping && shape.IsDictionary)
            return Dictionary(shape, mapping, target, out value);
        if (node is ConfigSequence entries && shape.IsDictionary && AsMapping(entries) is { } merged)
            return Dictionary(shape, merged, target, out value);
        if (node is ConfigSequence list && !shape.IsDictionary)
            return List(shape, list, target, out value);
        value = shape.Concrete is null ? Array.CreateInstance(shape.Element, 0) : Activator.CreateInstance(shape.Concrete);
        if (node.IsNull)
            return true;
        errors.Add(node.Location, target.Expected(shape.IsDictionary ? "a mapping" : "a list", node, node is ConfigScalar && !shape.IsDictionary ? "; write [value]" : ""));
        return false;
    }

    // Where order matters people write a list of one-key mappings, and aMQTT's files do so elsewhere, too. A key that comes twice is left to fail.
    private static ConfigMapping? AsMapping(ConfigSequence list)
    {
        var entries = list.Items.Select(item => item is ConfigMapping { Entries: [var only] } ? only : null).ToList();
        return entries.Contains(null) || entries.DistinctBy(entry => entry!.Key.Text, StringComparer.Ordinal).Count() != entries.Count
            ? null
            : new(list.Location, entries!);
    }

    private bool Dictionary(CollectionShape shape, ConfigMapping mapping, BindTarget target, out object? value)
    {
        var ok = true;
        value = Activator.CreateInstance(shape.Concrete!);
        var add = AddEntryMethod.MakeGenericMethod(shape.Element);
        foreach (var (key, node) in mapping.Entries)
        {
            var bound = binder.TryBind(node, new BindTarget(shape.Element, $"{target.KeyPath}.{key.Text}"), out var item);
            ok &= bound;
            if (bound || item is not null)
                add.Invoke(null, [value, key.Text, item]);
        }

        return ok;
    }

    private bool List(CollectionShape shape, ConfigSequence list, BindTarget target, out object? value)
    {
        var ok = true;
        var items = new ArrayList(list.Items.Count);
        for (var i = 0; i < list.Items.Count; i++)
        {
            var bound = binder.TryBind(list.Items[i], new BindTarget(shape.Element, $"{target.KeyPath}[{i}]"), out var item);
            ok &= bound;
            if (bound || item is not null)
                items.Add(item);
        }

        if (shape.Concrete is null)
        {
            value = items.ToArray(shape.Element);
            return ok;
        }

        value = Activator.CreateInstance(shape.Concrete);
        var add = AddItemMethod.MakeGenericMethod(shape.Element);
        foreach (var item in items)
            add.Invoke(null, [value, item]);
        return ok;
    }

    private static void AddEntry<T>(IDictionary<string, T> dictionary, string key, T value) => dictionary[key] = value;

    private static void AddItem<T>(ICollection<T> list, T item) => list.Add(item);
}
