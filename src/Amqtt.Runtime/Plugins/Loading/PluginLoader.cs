using System.Reflection;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>Loads plugin classes, each plugin folder into a load context of its own and from a private copy.</summary>
/// <remarks>A copy, because the runtime maps assembly files into memory: overwriting one while it is mapped kills the process.</remarks>
internal sealed class PluginLoader(PluginHostOptions options) : IDisposable
{
    private readonly Dictionary<string, Assembly> _folders = new(StringComparer.Ordinal);
    private readonly List<PluginLoadContext> _contexts = [];
    private readonly PrivateFolder _copies = new("amqtt-plugins-", options.LoggerFactory);

    /// <exception cref="PluginLoadException">The class cannot be loaded.</exception>
    public Type Load(FoundClass found, string path)
    {
        try
        {
            if (!found.IsInFolder) return SharedAssemblies.LoadHostClass(found);
            SharedAssemblies.CheckVersions(found.Assembly, path);
            return LoadFolder(found.Assembly).GetType(found.Facts.Name, throwOnError: true)!;
        }
        catch (Exception exception) when (IsLoadFailure(exception))
        {
            throw CannotLoad(path, $"{found.Facts.Name} in {found.Assembly.Origin}", exception);
        }
    }

    /// <summary>What looking at a class throws whose assembly is damaged or lacks another one.</summary>
    public static bool IsLoadFailure(Exception exception) => exception is IOException or BadImageFormatException or TypeLoadException or UnauthorizedAccessException;

    /// <summary>What a failure to load says to whoever has put the plugin there.</summary>
    public static PluginLoadException CannotLoad(string path, string what, Exception cause)
    {
        var hint = cause is FileNotFoundException ? " It is not in the plugin's folder, where 'dotnet publish' puts what a plugin needs." : "";
        return new(path, $"{what} cannot be loaded: {cause.Message.TrimEnd()}{hint}", cause);
    }

    public void Dispose()
    {
        foreach (var context in _contexts.Where(static context => context.IsCollectible)) context.Unload();
        _contexts.Clear();
        _copies.Dispose();
    }

    private Assembly LoadFolder(AssemblyFacts assembly)
    {
        var file = Path.GetFullPath(assembly.File);
        if (_folders.TryGetValue(file, out var loaded)) return loaded;

        var copy = _copies.Add(assembly.Name);
        Copy(new(Path.GetDirectoryName(file)!), copy);
        var main = Path.Combine(copy.FullName, Path.GetFileName(file));
        var context = new PluginLoadContext(main, options.Unload);
        _contexts.Add(context);
        return _folders[file] = context.LoadFromAssemblyPath(main);
    }

    private static void Copy(DirectoryInfo from, DirectoryInfo to)
    {
        foreach (var file in from.EnumerateFiles()) file.CopyTo(Path.Combine(to.FullName, file.Name));
        foreach (var folder in from.EnumerateDirectories()) Copy(folder, to.CreateSubdirectory(folder.Name));
    }
}
