using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace Amqtt.Runtime.Plugins;

/// <summary>The assemblies of one plugin folder: what is not shared with the host is the plugin's own, in whatever version.</summary>
/// <param name="mainAssembly">The plugin's assembly; its dependencies are found by its <c>.deps.json</c>, or else beside it.</param>
/// <param name="isCollectible">Whether it can be unloaded again.</param>
internal sealed class PluginLoadContext(string mainAssembly, bool isCollectible = false)
    : AssemblyLoadContext($"plugin {Path.GetFileNameWithoutExtension(mainAssembly)}", isCollectible)
{
    private readonly AssemblyDependencyResolver _resolver = new(mainAssembly);
    private readonly ConcurrentDictionary<string, IntPtr> _libraries = new(StringComparer.Ordinal);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (SharedAssemblies.Contains(assemblyName)) return SharedAssemblies.Load(assemblyName);
        // What the folder does not have is the framework's, or it is missing.
        return _resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
    }

    // The runtime asks anew for every function that is called for the first time. Some are when the plugin has stopped and its files are gone: libraries leave timers behind, or clean
    // up when the process ends, and what they throw there ends it.
    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName)
    {
        if (_libraries.TryGetValue(unmanagedDllName, out var known)) return known;
        if (_resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is not { } file) return IntPtr.Zero;
        return _libraries.GetOrAdd(unmanagedDllName, LoadUnmanagedDllFromPath(file));
    }
}
