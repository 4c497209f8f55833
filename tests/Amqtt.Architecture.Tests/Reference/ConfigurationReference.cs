using System.Collections;
using System.Reflection;
using System.Text;
using Amqtt.Broker.Configuration;
using Amqtt.Plugins;
using Amqtt.Plugins.Standard;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Architecture.Tests.Reference;

/// <summary>
/// <c>docs/reference/configuration.md</c> says what every key means. It is generated from the options classes and their documentation:
/// <c>AMQTT_REFERENCE=write dotnet test --project tests/Amqtt.Architecture.Tests --filter-class '*ConfigurationReference'</c>.
/// </summary>
public sealed class ConfigurationReference
{
    private const string Page = "docs/reference/configuration.md";
    private const string Command = "AMQTT_REFERENCE=write dotnet test --project tests/Amqtt.Architecture.Tests --filter-class '*ConfigurationReference'";

    // Their defaults are those of the machine on which this runs.
    private static readonly string[] OfTheMachine = [nameof(LimitOptions.MaxMemory), nameof(LimitOptions.MaxConnections)];
    private static readonly (string Long, string Short)[] Shortened =
    [
        ("a duration such as 5s or 1m30s", "duration"), (" (a number counts as seconds)", ""), ("a size such as 64KiB", "size"), ("a size such as 512MiB or a share of the memory such as 75%", "size or percentage"),
        ("a whole number", "whole number"), ("a text", "text"), ("'unlimited'", "`unlimited`"),
    ];

    private static readonly bool IsWriting = Environment.GetEnvironmentVariable("AMQTT_REFERENCE") == "write";

    [Fact]
    public void The_page_is_up_to_date()
    {
        string page = Generate();
        if (IsWriting) File.WriteAllText(Path.Combine(Repository.Root, Page), page);
        Assert.True(Repository.Read(Page) == page, $"{Page} does not say what the code does. Write it anew with: {Command}");
    }

    [Fact]
    public void Every_key_says_what_it_means()
    {
        Type[] classes = [typeof(BrokerOptions), typeof(ListenerOptions), typeof(LimitOptions), .. Plugins().Select(PluginConfig.ClassOf).OfType<Type>()];
        Assert.Empty(classes.SelectMany(type => ClassMembers.Of(type).All).Where(member => Documentation.Of(member.Property).Length < 10).Select(member => member.Property));
    }

    private static IEnumerable<Type> Plugins() => typeof(AnonymousAuthPlugin).Assembly.GetExportedTypes()
        .Where(type => type.IsSubclassOf(typeof(BasePlugin)))
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    private static string Generate()
    {
        var page = new StringBuilder($$"""
            # Configuration reference

            Generated from the code; do not edit, but run `{{Command}}`.

            A configuration is YAML (or JSON, if the file's name ends with `.json`): `amqtt -c broker.yaml`. Keys are equal in `snake_case`, `kebab-case`, `camelCase` and
            `PascalCase`. Environment variables count above the file: `AMQTT_LISTENERS__DEFAULT__BIND=0.0.0.0:1883` is `listeners.default.bind`, with two underscores between
            levels; a value that starts with `[`, `{` or a quote is YAML, and a variable that is like no key is passed over with a warning. In the file, `${env:NAME}`, `${env:NAME:-default}` and `${file:/path}` are replaced.
            Durations are `5s`, `1m30s` or a number of seconds; sizes are `64KiB`, `1MiB` or a number of bytes. Relative paths start from the file's folder.
            Every mistake is reported, with line and column, by `amqtt config check FILE`; `amqtt config show FILE` prints what is in force.

            ## Top level

            | key | type | default | meaning |
            |---|---|---|---|

            """.ReplaceLineEndings("\n"));
        Append(page, typeof(BrokerOptions));
        page.Append("\nThe older sections `auth`, `topic-check` and `sys_interval` are understood, with a warning: see [Moving from aMQTT](../migrating-from-amqtt.md).\n");
        page.Append("\n## Listeners\n\nEntries of `listeners`, by a name of your own. One is called `default`; every other takes from it what it does not set.\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
        Append(page, typeof(ListenerOptions));
        page.Append("\n## Limits\n\nEntries of `limits`, and of the `limits` of a listener, except those marked *broker*. 0 or `unlimited` switches a bound off where the type says so.\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
        Append(page, typeof(LimitOptions));
        page.Append("\n## Plugins\n\nEntries of `plugins`: a mapping of names to options, or a list of names and one-entry mappings. The order is that in which they are asked. These keys every plugin has:\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
        foreach (var property in typeof(PluginSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is not null))
            page.Append(Row($"${KeyNames.Snake(property.Name.StartsWith("Is", StringComparison.Ordinal) ? property.Name[2..] : property.Name)}", TypeOf(property), DefaultOf(property, new PluginSettings()), Documentation.Of(property).Split(" (`$")[0].TrimEnd('.') + '.'));
        foreach (var plugin in Plugins())
        {
            page.Append($"\n### {plugin.Name}\n\n{Documentation.Of(plugin)}\n\nNames: `{string.Join("`, `", plugin.GetCustomAttributes<PluginAliasAttribute>().Select(alias => alias.Alias).Append(plugin.FullName!))}`.\n");
            if (PluginConfig.ClassOf(plugin) is not { } config) continue;
            page.Append("\n| key | type | default | meaning |\n|---|---|---|---|\n");
            Append(page, config);
        }

        return page.ToString();
    }

    private static void Append(StringBuilder page, Type options)
    {
        var instance = Activator.CreateInstance(options)!;
        foreach (var member in ClassMembers.Of(options).All)
        {
            var scope = options == typeof(LimitOptions) && member.Property.IsDefined(typeof(BrokerWideAttribute)) ? " *broker*" : "";
            page.Append(Row(member.Key, TypeOf(member.Property) + scope, member.IsRequired ? "required" : DefaultOf(member.Property, instance), Documentation.Of(member.Property)));
        }
    }

    private static string Row(string key, string type, string value, string meaning) =>
        $"| `{key}` | {type} | {(value.Length == 0 ? "" : value == "required" ? value : $"`{value}`")} | {meaning.Replace("|", "\\|", StringComparison.Ordinal)} |\n";

    private static string TypeOf(PropertyInfo property) => TypeOf(property.PropertyType, BindTarget.Of(property, ""));

    private static string TypeOf(Type type, BindTarget target)
    {
        if (target.Path is not null || target.Core == typeof(FileInfo)) return "path";
        if (target.Core == typeof(bool)) return "true or false";
        if (target.Core == typeof(PluginCollection)) return "mapping or list: [Plugins](#plugins)";
        if (target.Core == typeof(ListenerCollection)) return "mapping of names: [Listeners](#listeners)";
        if (target.Core == typeof(LimitOptions)) return "mapping: [Limits](#limits)";
        if (target.Core == typeof(ListenEndpoint)) return "an address, or null";
        if (target.Core == typeof(AllowedOrigins)) return "list of origins, or any";
        if (ScalarTypes.Find(target.Core) is { } scalar) return Short(Expectation.Of(scalar, target));
        return CollectionShape.Of(target.Core) switch
        {
            { IsDictionary: true } map => $"mapping of names to: {TypeOf(map.Element, new(map.Element, ""))}",
            { } list => $"list of: {TypeOf(list.Element, new(list.Element, ""))}",
            _ => "see there",
        };
    }

    private static string Short(string expectation) => Shortened.Aggregate(expectation, (text, pair) => text.Replace(pair.Long, pair.Short, StringComparison.Ordinal));

    private static string DefaultOf(PropertyInfo property, object instance)
    {
        if (OfTheMachine.Contains(property.Name, StringComparer.Ordinal) && property.DeclaringType == typeof(LimitOptions)) return "";
        var value = property.GetValue(instance);
        if (value is null) return "null";
        if (value is string or bool or TimeSpan or Enum || (value is not IEnumerable && ScalarTypes.Find(value.GetType()) is not null) || value is IConfigValue)
            return ConfigTree.Describe(instance).Entries.FirstOrDefault(entry => entry.Key.Text == KeyNames.Snake(property.Name)) is { } entry ? YamlText.Write(entry.Value).TrimEnd('\n') : "";
        return "";
    }
}
