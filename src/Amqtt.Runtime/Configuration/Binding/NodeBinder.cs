using System.Reflection;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Binds any node to any supported type by handing it to the binder of its kind.</summary>
internal sealed class NodeBinder(ConfigErrors errors)
{
    private static readonly MethodInfo BindTypedMethod = typeof(NodeBinder).GetMethod(nameof(BindTyped), BindingFlags.NonPublic | BindingFlags.Instance)!;

    /// <summary>Binds a node.</summary>
    /// <returns>False if an error was reported, now or when the file was read. The value may then be partly bound.</returns>
    public bool TryBind(ConfigNode node, BindTarget target, out object? value)
    {
        value = null;
        if (node is ConfigScalar { IsBroken: true })
            return false;
        if (node.IsNull && TryNull(target, out value))
            return true;
        if (BindsItself(target.Core))
            return BindItself(node, target, out value);
        if (ScalarTypes.Find(target.Core) is { } scalarType)
            return TryScalar(scalarType, node, target, out value);
        if (CollectionShape.Of(target.Core) is { } shape)
            return new CollectionBinder(this, errors).TryBind(shape, node, target, out value);
        if (ClassBinder.Supports(target.Core))
            return new ClassBinder(this, errors).TryBind(node, target, out value);
        errors.Add(node.Location, $"{target.KeyPath}: an option of the type {target.Core} cannot be configured; expected a class with a public parameterless constructor");
        return false;
    }

    private static bool TryNull(BindTarget target, out object? value)
    {
        value = target.Unlimited is { Null: true } ? UnlimitedValue.Of(target.Core) : null;
        return value is not null || target.AllowsNull;
    }

    private static bool BindsItself(Type type) =>
        Array.Exists(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IConfigBindable<>));

    private bool BindItself(ConfigNode node, BindTarget target, out object? value)
    {
        if (node.IsNull)
        {
            errors.Add(node.Location, target.Expected("a value", node));
            value = null;
            return false;
        }

        value = BindTypedMethod.MakeGenericMethod(target.Core).Invoke(this, [node, target.KeyPath]);
        return value is not null;
    }

    private T? BindTyped<T>(ConfigNode node, string keyPath)
        where T : class, IConfigBindable<T> => T.Bind(node, errors, keyPath);

    private bool TryScalar(ScalarType type, ConfigNode node, BindTarget target, out object? value)
    {
        value = null;
        if (node is not ConfigScalar scalar || scalar.IsNull)
        {
            errors.Add(node.Location, target.Expected(Expectation.Of(type, target), node));
            return false;
        }

        var reading = type.Read(scalar, target);
        if (reading.Problem is { } problem)
        {
            errors.Add(node.Location, problem);
            return false;
        }

        value = reading.Value;
        return true;
    }
}
