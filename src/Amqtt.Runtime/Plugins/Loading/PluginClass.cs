using System.Reflection;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Checks that a class is a plugin that would do what its author thinks it does.</summary>
internal static class PluginClass
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <exception cref="PluginLoadException">It is no plugin, or cannot be constructed, or is made for another contract.</exception>
    /// <exception cref="PluginSignatureException">A method looks like a hook but is none.</exception>
    public static void Check(Type type, string path, bool isConstructed)
    {
        if (!typeof(BasePlugin).IsAssignableFrom(type)) throw new PluginLoadException(path, $"{type.FullName} is no plugin: it does not derive from {typeof(BasePlugin).FullName}");
        if (type.IsAbstract) throw new PluginLoadException(path, $"{type.FullName} is abstract");
        if (type.ContainsGenericParameters) throw new PluginLoadException(path, $"{type.FullName} is generic");
        if (!isConstructed && type.GetConstructors().Length != 1) throw new PluginLoadException(path, $"{type.FullName} must have exactly one public constructor; it has {type.GetConstructors().Length}");

        for (var declaring = type; declaring is not null && declaring.Assembly != typeof(BasePlugin).Assembly; declaring = declaring.BaseType)
        {
            foreach (var method in declaring.GetMethods(Declared)) Check(method, path);
        }

        CheckRole<IAuthPlugin>(type, nameof(IAuthPlugin.AuthenticateAsync), path);
        CheckRole<ITopicPlugin>(type, nameof(ITopicPlugin.FilterTopicAsync), path);
    }

    private static void Check(MethodInfo method, string path)
    {
        var isNewSlot = method.Attributes.HasFlag(MethodAttributes.NewSlot);
        if (method.IsVirtual && !isNewSlot && method.GetBaseDefinition() == method)
        {
            // It was compiled as an override of something that this host's contract does not have.
            throw new PluginLoadException(
                path,
                $"{method.Name} overrides a method that the plugin contract {Version(typeof(BasePlugin).Assembly)} of this host does not have; the plugin was built against "
                + $"{BuiltAgainst(method.DeclaringType!.Assembly)}");
        }

        var hooks = typeof(ClientPlugin).IsAssignableFrom(method.DeclaringType) ? PluginHooks.OverridableInClient : PluginHooks.Overridable;
        if (hooks.TryGetValue(method.Name, out var hook) && method.GetBaseDefinition().DeclaringType!.Assembly != typeof(BasePlugin).Assembly)
            throw new PluginSignatureException(path, $"{Describe(method)} is not the hook of this name and would never be called; write override {Describe(hook)}");
    }

    private static void CheckRole<TRole>(Type type, string methodName, string path)
    {
        if (typeof(TRole).IsAssignableFrom(type) || type.GetMethods().All(method => method.Name != methodName)) return;
        throw new PluginSignatureException(path, $"{type.FullName} has a method {methodName} but does not declare the role {typeof(TRole).Name}, so it would never be asked");
    }

    private static string Describe(MethodInfo method)
        => $"{TypeName(method.ReturnType)} {method.Name}({string.Join(", ", method.GetParameters().Select(parameter => TypeName(parameter.ParameterType)))})";

    private static string TypeName(Type type) => type == typeof(void) ? "void" : type.Name;

    private static string Version(Assembly assembly) => assembly.GetName().Version?.ToString() ?? "?";

    private static string BuiltAgainst(Assembly plugin)
    {
        var contract = typeof(BasePlugin).Assembly.GetName().Name;
        return plugin.GetReferencedAssemblies().FirstOrDefault(reference => reference.Name == contract)?.Version?.ToString() ?? "?";
    }
}
