using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>The plugin classes that can be had by name: those of the program's own assemblies and those in <c>plugin_path</c>.</summary>
internal sealed class PluginCatalog
{
    private readonly ILookup<string, FoundClass> _byName;
    private readonly ILookup<string, FoundClass> _byEntryPoint;
    private readonly string[] _classes;
    private readonly string[] _names;

    public PluginCatalog(IEnumerable<FoundClass> classes)
    {
        FoundClass[] all = [.. classes];
        _byName = all.SelectMany(found => found.Facts.Aliases.Append(found.Facts.Name).Distinct(StringComparer.Ordinal), (found, name) => (found, name))
            .ToLookup(entry => entry.name, entry => entry.found, StringComparer.Ordinal);
        _byEntryPoint = all.SelectMany(found => found.Facts.EntryPoints, (found, name) => (found, name)).ToLookup(entry => entry.name, entry => entry.found, StringComparer.Ordinal);
        FoundClass[] plugins = [.. all.Where(found => found.Facts.IsPlugin)];
        _classes = [.. plugins.Select(found => found.Facts.Name).Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal)];
        _names = [.. plugins.SelectMany(found => found.Facts.Aliases.Prepend(found.Facts.Name)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The full names of all plugins found.</summary>
    public IReadOnlyList<string> Classes => _classes;

    /// <summary>Looks through the program and the plugin folders.</summary>
    public static PluginCatalog Scan(string? pluginPath, SourcePlugins sources, ConfigErrors errors) =>
        new([.. OfHost(), .. OfFolders(pluginPath, errors), .. sources.Scan(pluginPath, errors)]);

    /// <summary>Those with this class name or alias; more than one is a conflict.</summary>
    public IReadOnlyList<FoundClass> Find(string name) => [.. _byName[name]];

    /// <summary>Those with this name for the older sections of a configuration.</summary>
    public IReadOnlyList<FoundClass> FindEntryPoint(string name) => [.. _byEntryPoint[name]];

    /// <summary>The names most like one that does not exist.</summary>
    public IReadOnlyList<string> Near(string name) => NearNames.Of(name, _names);

    private static IEnumerable<FoundClass> OfHost() => HostAssemblies.Files()
        .Select(AssemblyFacts.Read)
        .OfType<AssemblyFacts>()
        .SelectMany(assembly => assembly.Classes, (assembly, facts) => new FoundClass(facts, assembly, IsInFolder: false));

    private static IEnumerable<FoundClass> OfFolders(string? pluginPath, ConfigErrors errors)
    {
        if (pluginPath is null || !Directory.Exists(pluginPath)) yield break;
        foreach (var folder in Directory.EnumerateDirectories(pluginPath).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            var file = Path.Combine(folder, name + ".dll");
            if (!File.Exists(file))
            {
                errors.Warn(ConfigLocation.None, $"plugin_path: the folder {folder} has no {name}.dll and is skipped");
                continue;
            }

            if (AssemblyFacts.Read(file) is not { } assembly)
            {
                errors.Warn(ConfigLocation.None, $"plugin_path: {file} is no .NET assembly and is skipped");
                continue;
            }

            foreach (var facts in assembly.Classes) yield return new(facts, assembly, IsInFolder: true);
        }
    }
}

/// <summary>A class and where it was found.</summary>
/// <param name="Facts">The class.</param>
/// <param name="Assembly">Its assembly.</param>
/// <param name="IsInFolder">It is not the program's own, and gets a load context of its own.</param>
internal sealed record FoundClass(ClassFacts Facts, AssemblyFacts Assembly, bool IsInFolder);
