using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.Loader;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// The assemblies whose types host and plugins exchange, so that both must use the same copy. By exact name; everything else in a plugin's
/// folder is the plugin's own.
/// </summary>
internal static class SharedAssemblies
{
    /// <summary>The plugin contract.</summary>
    public const string Contract = "Amqtt.Plugins";

    private static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet(
        [
            Contract,
            "Amqtt.Protocol",
            "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Http",
            "Microsoft.Extensions.Logging.Abstractions",
            "Microsoft.Extensions.Options",
            "Microsoft.Extensions.Primitives",
            "System.Diagnostics.DiagnosticSource",
        ],
        StringComparer.Ordinal);

    /// <summary>Where the host's own assemblies are; the default context, unless somebody loaded the host itself as a plugin.</summary>
    private static AssemblyLoadContext HostContext => AssemblyLoadContext.GetLoadContext(typeof(BasePlugin).Assembly) ?? AssemblyLoadContext.Default;

    public static bool Contains(AssemblyName name) => name.Name is { } text && Names.Contains(text);

    public static bool Contains(string name) => Names.Contains(name);

    /// <summary>The host's copy, whatever version is asked for: <see cref="CheckVersions"/> has made sure that it is new enough.</summary>
    public static Assembly Load(AssemblyName name) => HostContext.LoadFromAssemblyName(new AssemblyName(name.Name!));

    /// <summary>A class of the host's own assemblies.</summary>
    public static Type LoadHostClass(FoundClass found)
        => HostContext.LoadFromAssemblyName(new AssemblyName(found.Assembly.Name)).GetType(found.Facts.Name, throwOnError: true)!;

    /// <summary>Refuses a plugin that was built against a newer shared assembly than the host has.</summary>
    /// <exception cref="PluginLoadException">One is newer.</exception>
    public static void CheckVersions(AssemblyFacts assembly, string path)
    {
        foreach (var reference in assembly.References.Where(static name => Contains(name)))
        {
            var ours = Load(reference).GetName().Version;
            if (reference.Version > ours)
                throw new PluginLoadException(path, $"{assembly.Name} was built against {reference.Name} {reference.Version}, but this host has {ours}; use a newer host or build the plugin against {ours}");
        }
    }
}
