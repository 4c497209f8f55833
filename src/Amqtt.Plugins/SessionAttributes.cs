using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Plugins;

/// <summary>Names a value in <see cref="SessionAttributes"/>. All plugins share the names, so put the plugin's namespace in front: <c>acme.tenant</c>.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="Name">The name.</param>
public readonly record struct SessionKey<T>(string Name);

/// <summary>A bag of typed values that plugins keep with a session. It may be used from any thread; values must be immutable or thread-safe themselves.</summary>
public sealed class SessionAttributes
{
    // Most sessions never have an attribute, and there may be a million sessions.
    private ConcurrentDictionary<string, object>? _values;
    private string[] _granted = [];

    private ConcurrentDictionary<string, object> Values => LazyInitializer.EnsureInitialized(ref _values, static () => new(concurrencyLevel: 1, capacity: 4));

    /// <summary>Reads a value.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">Which value.</param>
    /// <param name="value">The value, if there is one of this type.</param>
    public bool TryGet<T>(SessionKey<T> key, [MaybeNullWhen(false)] out T value)
        where T : notnull
    {
        if (Volatile.Read(ref _values) is { } values && values.TryGetValue(key.Name, out var found) && found is T typed)
        {
            value = typed;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Sets a value, replacing an older one.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">Which value.</param>
    /// <param name="value">The value.</param>
    public void Set<T>(SessionKey<T> key, T value)
        where T : notnull
        => Values[key.Name] = value;

    /// <summary>Removes a value.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">Which value.</param>
    /// <returns>True if there was one.</returns>
    public bool Remove<T>(SessionKey<T> key)
        where T : notnull
        => Volatile.Read(ref _values)?.TryRemove(key.Name, out _) ?? false;

    /// <summary>Whether no value has ever been set.</summary>
    internal bool IsEmpty => Volatile.Read(ref _values) is null;

    /// <summary>Takes from a later plugin what no earlier one has set.</summary>
    internal void AddMissing(SessionAttributes later)
    {
        if (Volatile.Read(ref later._values) is not { } values) return;
        foreach (var (name, value) in values) Values.TryAdd(name, value);
    }

    /// <summary>The client has authenticated: what that set takes the place of what an earlier one has set. One call at a time.</summary>
    internal void Grant(SessionAttributes granted)
    {
        var values = Volatile.Read(ref granted._values);
        foreach (var name in _granted)
        {
            if (values is null || !values.ContainsKey(name)) _values?.TryRemove(name, out _);
        }

        if (values is null)
        {
            _granted = [];
            return;
        }

        foreach (var (name, value) in values) Values[name] = value;
        _granted = [.. values.Keys];
    }
}
