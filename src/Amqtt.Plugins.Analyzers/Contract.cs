using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Amqtt.Plugins.Analyzers;

/// <summary>The plugin contract as the compilation that is looked at sees it.</summary>
internal sealed class Contract
{
    private const string Namespace = "Amqtt.Plugins";
    private static readonly string[] RoleNames = ["IAuthPlugin", "ITopicPlugin", "IEnhancedAuthPlugin", "IConnectionFilter"];

    private readonly ImmutableArray<INamedTypeSymbol> _roles;

    private Contract(INamedTypeSymbol plugin, ImmutableArray<INamedTypeSymbol> roles)
    {
        Plugin = plugin;
        _roles = roles;
        Assembly = plugin.ContainingAssembly;
    }

    /// <summary>The base class of every plugin.</summary>
    public INamedTypeSymbol Plugin { get; }

    /// <summary>The contract's assembly.</summary>
    public IAssemblySymbol Assembly { get; }

    /// <summary>Null for a compilation that has nothing to do with plugins.</summary>
    public static Contract? Of(Compilation compilation)
    {
        if (compilation.GetTypeByMetadataName($"{Namespace}.BasePlugin") is not { } plugin) return null;
        var roles = ImmutableArray.CreateBuilder<INamedTypeSymbol>();
        foreach (var name in RoleNames)
        {
            if (compilation.GetTypeByMetadataName($"{Namespace}.{name}") is { } role) roles.Add(role);
        }

        return new Contract(plugin, roles.ToImmutable());
    }

    /// <summary>Whether a class is a plugin.</summary>
    public bool IsPlugin(INamedTypeSymbol? type)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(at, Plugin)) return true;
        }

        return false;
    }

    /// <summary>Whether a method is called by the host: it overrides a hook or implements a method of a role.</summary>
    public bool IsHook(IMethodSymbol method)
    {
        if (!IsPlugin(method.ContainingType)) return false;
        for (var at = method.OverriddenMethod; at is not null; at = at.OverriddenMethod)
        {
            if (IsContract(at) && at.Name.EndsWith("Async", StringComparison.Ordinal) && at.Name != "DisposeAsync") return true;
        }

        foreach (var role in _roles)
        {
            foreach (var member in role.GetMembers())
            {
                if (SymbolEqualityComparer.Default.Equals(method.ContainingType.FindImplementationForInterfaceMember(member), method)) return true;
            }
        }

        return false;
    }

    /// <summary>The hook that a method of this name would have to override, from the plugin's base classes; null if the name is free.</summary>
    public IMethodSymbol? HookNamed(INamedTypeSymbol type, string name)
    {
        for (var at = type.BaseType; at is not null; at = at.BaseType)
        {
            if (!SymbolEqualityComparer.Default.Equals(at.ContainingAssembly, Assembly)) continue;
            foreach (var member in at.GetMembers(name))
            {
                if (member is IMethodSymbol { IsVirtual: true } or IMethodSymbol { IsAbstract: true }) return (IMethodSymbol)member;
            }
        }

        return null;
    }

    /// <summary>Whether values of a type are usable only while their hook runs.</summary>
    public bool IsHookContext(ITypeSymbol? type) =>
        type is INamedTypeSymbol named
        && named.Name.EndsWith("Context", StringComparison.Ordinal)
        && IsContract(named)
        && named.Name is not ("PluginContext" or "BrokerContext" or "ClientContext");

    private bool IsContract(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, Assembly);
}
