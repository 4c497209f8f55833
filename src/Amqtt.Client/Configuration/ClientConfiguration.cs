using System.Text;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Client.Configuration;

/// <summary>Reads <see cref="ClientOptions"/> from YAML or from dictionaries. Equal content gives equal options, whichever way it comes. Nothing is opened.</summary>
public static class ClientConfiguration
{
    /// <summary>The configuration that counts when there is none: YAML, which says what <c>new ClientOptions()</c> is.</summary>
    public static string DefaultYaml { get; } = ReadDefault();

    /// <summary>Reads YAML text.</summary>
    /// <param name="text">The configuration.</param>
    /// <param name="fileName">What messages call it; relative paths start from its folder. Null = the current folder.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public static ClientOptions FromYaml(string text, string? fileName = null) => Throwing(errors => Read(YamlConfig.Parse(text, fileName, errors), fileName, errors));

    /// <summary>Reads a YAML file.</summary>
    /// <param name="path">The file. Relative paths in it start from its folder.</param>
    /// <exception cref="ConfigurationException">The file cannot be read, or something in it is wrong; the exception carries everything that is.</exception>
    public static ClientOptions FromFile(string path) => Throwing(errors => FromFile(path, errors));

    /// <summary>Reads a YAML file and leaves it to the caller what to do about errors and warnings.</summary>
    /// <param name="path">The file. Relative paths in it start from its folder.</param>
    /// <param name="errors">Receives errors and warnings.</param>
    /// <returns>The options; null if there were errors.</returns>
    public static ClientOptions? FromFile(string path, ConfigErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var options = Read(YamlConfig.ParseFile(path, errors), path, errors);
        return errors.HasErrors ? null : options;
    }

    /// <summary>Reads nested dictionaries with the keys of the YAML form. Text counts as written without quotes there.</summary>
    /// <param name="values">The top-level keys and values.</param>
    /// <exception cref="ConfigurationException">Something is wrong; the exception carries everything that is.</exception>
    public static ClientOptions FromDictionary(IEnumerable<KeyValuePair<string, object?>> values) =>
        Throwing(errors => Read(ConfigTree.FromDictionary(values), fileName: null, errors));

    private static ClientOptions Throwing(Func<ConfigErrors, ClientOptions?> read)
    {
        var errors = new ConfigErrors();
        var options = read(errors);
        errors.ThrowIfAny();
        return options!;
    }

    private static ClientOptions? Read(ConfigNode? root, string? fileName, ConfigErrors errors)
    {
        if (root is null && errors.HasErrors)
            return null;
        var mapping = root as ConfigMapping;
        if (mapping is null && root is { IsNull: false })
        {
            errors.Add(root.Location, $"expected a mapping of keys such as 'connection' and 'keep_alive', but found {root.Kind}");
            return null;
        }

        mapping ??= new(new(fileName, 0, 0), []);
        var (plugins, others) = mapping.Split(key => KeyNames.Same(key, nameof(ClientOptions.Plugins)));
        ConfigBinder.TryBind(typeof(ClientOptions), others, errors, "", out var value);
        var options = (ClientOptions)value!;
        if (fileName is not null)
            options.BaseDirectory = Path.GetDirectoryName(Path.GetFullPath(fileName));
        ReadPlugins(plugins, options, errors);
        TakeOlderName(others, options, errors);
        ClientRules.Check(options, mapping, errors);
        return options;
    }

    private static void ReadPlugins(ConfigMapping found, ClientOptions options, ConfigErrors errors)
    {
        if (found.Entries.Count == 0)
            return;
        var (key, section) = found.Entries[0];
        foreach (var other in found.Entries.Skip(1))
            errors.Add(other.Key.Location, $"{other.Key.Text}: this is the same key as '{key.Text}' in line {key.Location.Line}; expected only one of them");
        options.Plugins.Clear();
        options.Plugins.Add(section, errors);
    }

    private static void TakeOlderName(ConfigMapping root, ClientOptions options, ConfigErrors errors)
    {
        if (options.Broker is not { } older)
            return;
        var place = root.Entries.First(entry => KeyNames.Same(entry.Key.Text, "broker")).Key.Location;
        if (root.Entries.Any(entry => KeyNames.Same(entry.Key.Text, "connection") && !entry.Value.IsNull))
        {
            errors.Warn(place, "broker: this older name of 'connection' is ignored because there is a section 'connection'");
        }
        else
        {
            errors.Warn(place, "broker: this is the older name of 'connection'; write 'connection'");
            options.Connection = older;
        }

        options.Broker = null;
    }

    private static string ReadDefault()
    {
        using var resource = typeof(ClientConfiguration).Assembly.GetManifestResourceStream("Amqtt.Client.default.yaml")!;
        using var reader = new StreamReader(resource, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
