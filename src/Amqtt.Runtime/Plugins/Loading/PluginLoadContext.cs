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

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (SharedAssemblies.Contains(assemblyName)) return SharedAssemblies.Load(assemblyName);
        // What the folder does not have is the framework's, or it is missing.
        return _resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
    }

    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName)
        => _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : IntPtr.Zero;
}
