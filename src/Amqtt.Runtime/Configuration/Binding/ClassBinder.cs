using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Binds a mapping to the properties of a class: every key must be known, every required one present, every value valid.</summary>
internal sealed class ClassBinder(NodeBinder binder, ConfigErrors errors)
{
    public static bool Supports(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type != typeof(object) && !type.IsSubclassOf(typeof(Delegate)) && type.GetConstructor([]) is not null;

    public bool TryBind(ConfigNode node, BindTarget target, out object? value)
    {
        if (!TryConstruct(node, target, out value))
            return false;
        if (node is not ConfigMapping && !node.IsNull)
        {
            errors.Add(node.Location, target.Expected("a mapping of keys to values", node));
            return false;
        }

        var members = ClassMembers.Of(target.Core);
        var ok = TryAssign(node as ConfigMapping, members, target, out var entries);
        foreach (var (member, entry) in entries)
            ok &= BindMember(value, member, entry, Path(target, member.Key));
        foreach (var member in members.All.Where(m => m.IsRequired && !entries.ContainsKey(m)))
        {
            ok = false;
            errors.Add(node.Location, $"{Path(target, member.Key)}: this key is missing; expected {Describe(member)}");
        }

        return ok && Validate(value, node, entries, target);
    }

    // The class may be a plugin's: what it throws is a mistake to report, not an end of the program.
    private bool TryConstruct(ConfigNode node, BindTarget target, [NotNullWhen(true)] out object? value)
    {
        try
        {
            value = Activator.CreateInstance(target.Core)!;
            return true;
        }
        catch (TargetInvocationException e)
        {
            errors.Add(node.Location, $"{target.KeyPath}: the constructor of {target.Core} failed: {e.InnerException?.Message}");
            value = null;
            return false;
        }
    }

    // Which entry belongs to which property. A merged entry gives way to the mapping's own, also in another spelling.
    private bool TryAssign(ConfigMapping? mapping, ClassMembers members, BindTarget target, out Dictionary<ClassMember, ConfigEntry> entries)
    {
        var ok = true;
        entries = [];
        foreach (var entry in mapping?.Entries ?? [])
        {
            if (members.Find(entry.Key.Text) is not { } member)
            {
                ok = false;
                errors.Add(entry.Key.Location, $"{Path(target, entry.Key.Text)}: unknown key{Known(entry.Key.Text, members)}");
            }
            else if (!entries.TryGetValue(member, out var other) || (other.IsMerged && !entry.IsMerged))
            {
                entries[member] = entry;
            }
            else if (!entry.IsMerged && !other.IsMerged)
            {
                ok = false;
                var line = other.Key.Location.Line > 0 ? $" in line {other.Key.Location.Line}" : "";
                errors.Add(entry.Key.Location, $"{Path(target, entry.Key.Text)}: this is the same key as '{other.Key.Text}'{line}; expected only one of them");
            }
        }

        return ok;
    }

    private bool BindMember(object instance, ClassMember member, ConfigEntry entry, string keyPath)
    {
        if (entry.Value.IsNull && member.NullIsDefault)
            return true;
        var ok = binder.TryBind(entry.Value, BindTarget.Of(member.Property, keyPath), out var value);
        if (!ok && value is null)
            return false;
        try
        {
            member.Property.SetValue(instance, value);
        }
        catch (TargetInvocationException e)
        {
            errors.Add(entry.Value.Location, $"{keyPath}: {e.InnerException?.Message}");
            return false;
        }

        return ok && ValidateMember(instance, member, value, entry, keyPath);
    }

    private bool ValidateMember(object instance, ClassMember member, object? value, ConfigEntry entry, string keyPath)
    {
        var ok = true;
        var context = new ValidationContext(instance) { MemberName = member.Property.Name, DisplayName = member.Key };
        foreach (var attribute in member.Property.GetCustomAttributes<ValidationAttribute>())
        {
            // Ranges were checked where the value was read, with "unlimited" and units in the message.
            if (attribute is RangeAttribute || attribute.GetValidationResult(value, context) is not { } result)
                continue;
            ok = false;
            errors.Add(entry.Value.Location, $"{keyPath}: {result.ErrorMessage?.TrimEnd('.')}");
        }

        return ok;
    }

    private bool Validate(object instance, ConfigNode node, Dictionary<ClassMember, ConfigEntry> entries, BindTarget target)
    {
        if (instance is not IValidatableObject validatable)
            return true;
        if (!TryValidate(validatable, node, target, out var results))
            return false;
        var ok = true;
        foreach (var result in results)
        {
            if (result == ValidationResult.Success)
                continue;
            ok = false;
            var member = entries.Keys.FirstOrDefault(m => result.MemberNames.Contains(m.Property.Name, StringComparer.Ordinal));
            var location = member is null ? node.Location : entries[member].Value.Location;
            errors.Add(location, $"{(member is null ? target.KeyPath : Path(target, member.Key))}: {result.ErrorMessage?.TrimEnd('.')}");
        }

        return ok;
    }

    private bool TryValidate(IValidatableObject instance, ConfigNode node, BindTarget target, out IReadOnlyList<ValidationResult> results)
    {
        try
        {
            results = [.. instance.Validate(new ValidationContext(instance))];
            return true;
        }
        catch (Exception e)
        {
            errors.Add(node.Location, $"{target.KeyPath}: the validation of {target.Core} failed: {e.Message}");
            results = [];
            return false;
        }
    }

    private static string Path(BindTarget target, string key) => target.KeyPath.Length == 0 ? key : $"{target.KeyPath}.{key}";

    private static string Known(string written, ClassMembers members)
    {
        if (members.All.Count == 0)
            return "; there is nothing to configure here";
        var hint = Nearest.Hint(written, members.All.Select(m => m.Key));
        return hint.Length > 0 ? hint : $"; expected one of {string.Join(", ", members.All.Select(m => m.Key))}";
    }

    private static string Describe(ClassMember member)
    {
        var target = BindTarget.Of(member.Property, "");
        if (ScalarTypes.Find(target.Core) is { } scalar)
            return Expectation.Of(scalar, target);
        return CollectionShape.Of(target.Core) switch
        {
            { IsDictionary: false } => "a list",
            _ => "a mapping",
        };
    }
}
