using System.Collections;
using System.Text;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Broker.Configuration;

/// <summary>
/// Reads <see cref="BrokerOptions"/> from YAML, JSON, environment variables or dictionaries. Equal content gives equal options, whichever way it comes.
/// Nothing is started and nothing is opened; plugins are named in the result, not loaded.
/// </summary>
public static class BrokerConfiguration
{
    /// <summary>The configuration that counts when there is none: YAML with comments, which says what <c>new BrokerOptions()</c> is.</summary>
    public static string DefaultYaml { get; } = ReadDefault();

    private static string[] TopLevelKeys => [.. ClassMembers.Of(typeof(BrokerOptions)).All.Select(member => member.Key), .. OlderSections.Keys];

    /// <summary>Reads YAML text.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="fileName">What messages call it; relative paths start from its folder. Null = the current folder.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public static BrokerOptions FromYaml(string text, string? fileName = null) => Throwing(errors => FromYaml(text, fileName, errors));

    /// <summary>Reads YAML text and leaves it to the caller what to do about errors and warnings.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="fileName">What messages call it; relative paths start from its folder. Null = the current folder.</param>
    /// <param name="errors">Receives errors and warnings.</param>
    /// <returns>The options; null if there were errors.</returns>
    public static BrokerOptions? FromYaml(string text, string? fileName, ConfigErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var options = Read(YamlConfig.Parse(text, fileName, errors), fileName, errors);
        return errors.HasErrors ? null : options;
    }

    /// <summary>Reads JSON text: the same keys and values as in YAML.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="fileName">What messages call it; relative paths start from its folder. Null = the current folder.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public static BrokerOptions FromJson(string text, string? fileName = null) => Throwing(errors => Read(JsonConfig.Parse(text, fileName, errors), fileName, errors));

    /// <summary>
    /// Reads environment variables such as <c>AMQTT_LISTENERS__DEFAULT__BIND</c> over a file, or over the default configuration. Every part of the configuration can be set so.
    /// </summary>
    /// <param name="variables">Names and values; null = those of the process. Names without the prefix <c>AMQTT_</c> are passed over.</param>
    /// <param name="path">A YAML or JSON file that they count above; null = the default configuration.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public static BrokerOptions FromEnvironment(IEnumerable<KeyValuePair<string, string>>? variables = null, string? path = null) => Throwing(errors =>
        path is null ? ReadYaml(DefaultYaml, variables ?? ProcessVariables(), errors) : ReadFile(path, variables ?? ProcessVariables(), errors));

    /// <summary>Reads a YAML file, or a JSON file if its name ends with <c>.json</c>.</summary>
    /// <param name="path">The file. Relative paths in it start from its folder.</param>
    /// <exception cref="ConfigurationException">The file cannot be read, or something in it is wrong; the exception carries everything that is.</exception>
    public static BrokerOptions FromFile(string path) => Throwing(errors => FromFile(path, errors));

    /// <summary>Reads a YAML or JSON file and leaves it to the caller what to do about errors and warnings.</summary>
    /// <param name="path">The file. Relative paths in it start from its folder.</param>
    /// <param name="errors">Receives errors and warnings.</param>
    /// <returns>The options; null if there were errors.</returns>
    public static BrokerOptions? FromFile(string path, ConfigErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var options = ReadFile(path, errors);
        return errors.HasErrors ? null : options;
    }

    /// <summary>Reads nested dictionaries with the keys of the YAML form. Text counts as written without quotes there.</summary>
    /// <param name="values">The top-level keys and values.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public static BrokerOptions FromDictionary(IEnumerable<KeyValuePair<string, object?>> values) =>
        Throwing(errors => Read(ConfigTree.FromDictionary(values), fileName: null, errors));

    /// <summary>Reads a file as far as it can be understood, so that plugins can be checked, too, when something else is wrong.</summary>
    internal static BrokerOptions? ReadFile(string path, ConfigErrors errors) => ReadFile(path, variables: [], errors);

    /// <summary>Reads a file with environment variables over it.</summary>
    internal static BrokerOptions? ReadFile(string path, IEnumerable<KeyValuePair<string, string>> variables, ConfigErrors errors) =>
        Over(ConfigFile.Parse(path, errors), variables, path, errors);

    /// <summary>Reads YAML text with environment variables over it.</summary>
    internal static BrokerOptions? ReadYaml(string text, IEnumerable<KeyValuePair<string, string>> variables, ConfigErrors errors) =>
        Over(YamlConfig.Parse(text, fileName: null, errors), variables, fileName: null, errors);

    private static BrokerOptions Throwing(Func<ConfigErrors, BrokerOptions?> read)
    {
        var errors = new ConfigErrors();
        var options = read(errors);
        errors.ThrowIfAny();
        return options!;
    }

    /// <summary>The environment variables of this process.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> ProcessVariables()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            yield return new((string)variable.Key, (string?)variable.Value ?? "");
    }

    private static BrokerOptions? Over(ConfigNode? root, IEnumerable<KeyValuePair<string, string>> variables, string? fileName, ConfigErrors errors)
    {
        if (root is ConfigMapping || (root is null && !errors.HasErrors))
        {
            var own = root as ConfigMapping;
            var all = EnvironmentConfig.Over(own ?? new ConfigMapping(new(fileName, 0, 0), []), variables, TopLevelKeys, errors);
            // Such a file is more often one that was cut off or never filled than one that is meant.
            if (own is null && all.Entries.Count == 0 && fileName is not null)
                errors.Warn(new(fileName, 0, 0), "the file is empty, so everything is as by default: everybody may connect, from everywhere");
            root = all;
        }

        return Read(root, fileName, errors);
    }

    private static BrokerOptions? Read(ConfigNode? root, string? fileName, ConfigErrors errors)
    {
        if (root is null && errors.HasErrors)
            return null;
        var mapping = root as ConfigMapping;
        if (mapping is null && root is not null)
        {
            errors.Add(root.Location, $"expected a mapping of keys such as 'listeners' and 'plugins', but found {root.Kind}");
            return null;
        }

        mapping ??= new ConfigMapping(new(fileName, 0, 0), []);
        var (older, known) = mapping.Split(OlderSections.IsOne);
        var (plugins, others) = known.Split(key => KeyNames.Same(key, nameof(BrokerOptions.Plugins)));
        ConfigBinder.TryBind(typeof(BrokerOptions), others, errors, "", out var value);
        var options = (BrokerOptions)value!;
        PluginsSection.Read(plugins, options, errors);
        new OlderSections(mapping, errors).Apply(older, options.Plugins, hasPlugins: plugins.Entries.Any(entry => !entry.Value.IsNull));
        options.Source = new(mapping);
        OptionsRules.Check(options, options.Source, errors);
        if (fileName is not null)
            UseFolder(options, Path.GetDirectoryName(Path.GetFullPath(fileName))!);
        return options;
    }

    private static void UseFolder(BrokerOptions options, string folder)
    {
        options.BaseDirectory = folder;
        var plugins = Path.Combine(folder, "plugins");
        if (options.PluginPath is null && Directory.Exists(plugins))
            options.PluginPath = plugins;
    }

    private static string ReadDefault()
    {
        using var resource = typeof(BrokerConfiguration).Assembly.GetManifestResourceStream("Amqtt.Broker.default.yaml")!;
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
