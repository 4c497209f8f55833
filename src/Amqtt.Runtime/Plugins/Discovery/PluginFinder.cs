using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>Finds plugin classes by class name, alias, or <c>path/to/My.dll#Acme.MyPlugin</c> (also a source file), and loads what it found.</summary>
internal sealed class PluginFinder(PluginHostOptions options) : IDisposable
{
    private readonly PluginLoader _loader = new(options);
    private readonly SourcePlugins _sources = new(options);
    // A program that adds its plugins by type needs no search.
    private PluginCatalog? _catalog;
    private bool _missesClass;

    /// <summary>Finds and loads a class. Null: the name is understood, but there is nothing to run (a warning says so).</summary>
    /// <exception cref="PluginException">The name is unknown or ambiguous, or the class cannot be loaded.</exception>
    public Type? Find(PluginRegistration registration, ConfigErrors errors)
    {
        var path = AmqttNames.Modern(registration.Path);
        if (path == AmqttNames.OldStore)
        {
            errors.Warn(registration.Location, $"plugins.{registration.Path}: stores nothing and is ignored; SessionDbPlugin is what keeps sessions");
            return null;
        }

        return _loader.Load(path.Contains('#', StringComparison.Ordinal) ? FindInFile(registration.Path, errors) : FindByName(registration, path, errors), registration.Path);
    }

    /// <summary>
    /// Says what is wrong with the source files in the plugin folder: an error if a class was not found, which may be in one of them; otherwise a warning. When all have been looked for.
    /// </summary>
    public void ReportSources(ConfigErrors errors)
    {
        foreach (var problem in _sources.Broken)
        {
            if (errors.Errors.Contains(problem)) continue; // somebody named the file itself
            if (_missesClass) errors.Add(problem.Location, problem.Text);
            else errors.Warn(problem.Location, $"the file is skipped, as it does not compile: {problem.Text}");
        }
    }

    /// <summary>Loads every plugin there is. One that cannot be loaded is a warning.</summary>
    public IEnumerable<(FoundClass Found, Type Type)> FindAll(ConfigErrors errors)
    {
        _catalog ??= PluginCatalog.Scan(options.PluginPath, _sources, errors);
        ReportSources(errors);
        foreach (var found in _catalog.Classes.SelectMany(_catalog.Find).Where(found => found.Facts.IsPlugin).Distinct())
        {
            Type type;
            try
            {
                type = _loader.Load(found, found.Facts.Name);
            }
            catch (PluginException exception)
            {
                errors.Warn(ConfigLocation.None, exception.Message);
                continue;
            }

            yield return (found, type);
        }
    }

    /// <summary>Removes the private copies of plugin folders.</summary>
    public void Dispose()
    {
        _loader.Dispose();
        _sources.Dispose();
    }

    private FoundClass FindByName(PluginRegistration registration, string name, ConfigErrors errors)
    {
        var asWritten = registration.Path;
        _catalog ??= PluginCatalog.Scan(options.PluginPath, _sources, errors);
        if (registration.Configuration is not null && _catalog.FindEntryPoint(asWritten) is [var old]) return old;
        return _catalog.Find(name) switch
        {
            [var only] => only,
            [] => throw Missing(asWritten, name, _catalog),
            var several => throw new PluginImportException(
                asWritten,
                $"this name was found more than once: {string.Join(", ", several.Select(found => $"{found.Facts.Name} in {found.Assembly.Origin}"))}; name one as path/to/My.dll#Acme.MyPlugin"),
        };
    }

    private PluginImportException Missing(string asWritten, string name, PluginCatalog catalog)
    {
        var broken = string.Join(", ", _sources.Broken.Select(problem => problem.Location.File).Distinct(StringComparer.Ordinal));
        if (broken.Length == 0) return Unknown(asWritten, name, catalog, $"; looked in the program's own assemblies{InFolder()}");
        _missesClass = true;
        return new(asWritten, $"unknown plugin, unless it is in {broken}, which does not compile");
    }

    private string InFolder() => options.PluginPath is not { } folder ? "" : $" and in {folder}{(Directory.Exists(folder) ? "" : ", which does not exist")}";

    private static PluginImportException Unknown(string asWritten, string name, PluginCatalog catalog, string places = "")
    {
        if (AmqttNames.ClassFor(name) is { } ours) return new(asWritten, $"this is aMQTT's name for {ours}, which this version does not have yet");
        var near = catalog.Near(name);
        var hint = near.Count == 0 ? "" : $"; did you mean '{string.Join("' or '", near)}'?";
        return new(asWritten, $"unknown plugin{hint}{(near.Count == 0 ? "; found" : " Found")}: {(catalog.Classes.Count == 0 ? "none" : string.Join(", ", catalog.Classes))}{places}");
    }

    private FoundClass FindInFile(string path, ConfigErrors errors)
    {
        var hash = path.IndexOf('#', StringComparison.Ordinal);
        var file = Path.GetFullPath(path[..hash], options.BaseDirectory);
        var name = path[(hash + 1)..];
        if (!File.Exists(file)) throw new PluginImportException(path, $"there is no file {file}");
        var catalog = new PluginCatalog(file.EndsWith(SourcePlugins.Extension, StringComparison.Ordinal) ? _sources.Read(file, errors) : ClassesOf(file, path));
        return catalog.Find(name) is [var only] ? only : throw Unknown(path, name, catalog);
    }

    private static IEnumerable<FoundClass> ClassesOf(string file, string path)
    {
        if (AssemblyFacts.Read(file) is not { } assembly) throw new PluginImportException(path, $"{file} is no .NET assembly");
        return assembly.Classes.Select(facts => new FoundClass(facts, assembly, IsInFolder: true));
    }
}
