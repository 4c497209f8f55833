using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>Plugins that are a single source file: compiled when somebody looks for them, into a folder that goes with the plan.</summary>
internal sealed class SourcePlugins(PluginHostOptions options) : IDisposable
{
    public const string Extension = ".cs";

    private readonly List<ConfigMessage> _broken = [];
    private readonly PrivateFolder _assemblies = new("amqtt-source-", options.LoggerFactory);

    /// <summary>What is wrong with the source files in the plugin folder that cannot be compiled.</summary>
    public IReadOnlyList<ConfigMessage> Broken => _broken;

    /// <summary>The classes of every source file in the plugin folder. One that cannot be compiled is in <see cref="Broken"/>: perhaps nobody wants it.</summary>
    public IEnumerable<FoundClass> Scan(string? pluginPath, ConfigErrors errors)
    {
        if (pluginPath is null || !Directory.Exists(pluginPath)) return [];
        return Directory.EnumerateFiles(pluginPath, "*" + Extension).Order(StringComparer.Ordinal).SelectMany(file => ReadIfPossible(file, errors));
    }

    /// <summary>The classes of one source file; none if it cannot be compiled, and then <paramref name="errors"/> says why.</summary>
    public IReadOnlyList<FoundClass> Read(string file, ConfigErrors errors)
    {
        if (options.Compiler is not { } compiler)
        {
            errors.Warn(ConfigLocation.None, $"{file} is a plugin in source form, which only the command amqtt compiles; it is skipped");
            return [];
        }

        var name = Path.GetFileNameWithoutExtension(file);
        var assemblyFile = Path.Combine(_assemblies.Add(name).FullName, name + ".dll");
        if (!compiler.Compile(file, assemblyFile, errors)) return [];
        var assembly = AssemblyFacts.Read(assemblyFile)! with { Source = file };
        return [.. assembly.Classes.Select(facts => new FoundClass(facts, assembly, IsInFolder: true))];
    }

    private IReadOnlyList<FoundClass> ReadIfPossible(string file, ConfigErrors errors)
    {
        var own = new ConfigErrors();
        var classes = Read(file, own);
        _broken.AddRange(own.Errors);
        foreach (var warning in own.Warnings) errors.Warn(warning.Location, warning.Text);
        return classes;
    }

    public void Dispose() => _assemblies.Dispose();
}
