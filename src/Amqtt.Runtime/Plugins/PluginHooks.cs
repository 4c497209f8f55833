using System.Reflection;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>Finds out which hooks a class has: the methods it overrides and the roles it declares.</summary>
internal static class PluginHooks
{
    public static HookSet Of(Type type)
    {
        var hooks = new HookSet();
        foreach (var hook in Enum.GetValues<Hook>())
        {
            if (IsDeclared(type, hook)) hooks = hooks.With(hook);
        }

        return hooks;
    }

    /// <summary>The methods of the contract that a plugin overrides to get events, by name.</summary>
    public static IReadOnlyDictionary<string, MethodInfo> Overridable { get; } = MethodsOf(typeof(BasePlugin), typeof(BrokerPlugin));

    /// <summary>The same for plugins of the client.</summary>
    public static IReadOnlyDictionary<string, MethodInfo> OverridableInClient { get; } = MethodsOf(typeof(BasePlugin), typeof(ClientPlugin));

    private static Dictionary<string, MethodInfo> MethodsOf(params Type[] types) => types
        .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(method => method.Name.StartsWith("On", StringComparison.Ordinal))
        .ToDictionary(method => method.Name, StringComparer.Ordinal);

    private static bool IsDeclared(Type type, Hook hook) => hook switch
    {
        Hook.Authenticate => typeof(IAuthPlugin).IsAssignableFrom(type),
        Hook.FilterTopic => typeof(ITopicPlugin).IsAssignableFrom(type),
        Hook.FilterConnection => typeof(IConnectionFilter).IsAssignableFrom(type),
        Hook.EnhancedAuthenticate => typeof(IEnhancedAuthPlugin).IsAssignableFrom(type),
        Hook.ClientConnecting => IsOverridden(type, OverridableInClient[nameof(ClientPlugin.OnConnectingAsync)]),
        Hook.ClientConnected => IsOverridden(type, OverridableInClient[nameof(ClientPlugin.OnConnectedAsync)]),
        Hook.ClientDisconnected => IsOverridden(type, OverridableInClient[nameof(ClientPlugin.OnDisconnectedAsync)]),
        Hook.ClientPublish => IsOverridden(type, OverridableInClient[nameof(ClientPlugin.OnPublishAsync)]),
        Hook.ClientMessage => IsOverridden(type, OverridableInClient[nameof(ClientPlugin.OnMessageAsync)]),
        _ => IsOverridden(type, Overridable[$"On{hook}Async"]),
    };

    private static bool IsOverridden(Type type, MethodInfo hook)
    {
        if (!hook.DeclaringType!.IsAssignableFrom(type)) return false;
        var parameters = Array.ConvertAll(hook.GetParameters(), parameter => parameter.ParameterType);
        var method = type.GetMethod(hook.Name, BindingFlags.Instance | BindingFlags.Public, parameters);
        return method is not null && method.DeclaringType!.Assembly != typeof(BasePlugin).Assembly && method.GetBaseDefinition() == hook.GetBaseDefinition();
    }
}
