using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.Json.Nodes;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Amqtt.Runtime.Tests.Configuration;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>Plugins in folders, as somebody outside of this repository builds them (tests/PluginAssets). PF-1, PF-7, P-E15, P-E18.</summary>
public sealed class PluginFolderTests : IDisposable
{
    private static readonly string Assets = Path.Combine(AppContext.BaseDirectory, "plugins");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("amqtt-test-");
    private readonly LogRecorder _log = new() { Level = LogLevel.Information };

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_two_classes_of_the_documentation_load_from_its_yaml_and_log_the_option()
    {
        Install("Acme.Hello");
        await using var host = await Load(
            """
            Acme.OneClassName:
            Acme.TwoClassName:
              option1: 123
            """);
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["before start, option1 is 123"], _log.Of("amqtt.broker.plugins.TwoClassName"));
        Assert.Equal(["Acme.OneClassName", "Acme.TwoClassName"], host.Plugins.Select(plugin => plugin.Instance!.GetType().FullName));
    }

    [Fact]
    public async Task A_folder_has_its_own_load_context_and_shares_the_contract()
    {
        Install("Acme.Hello");
        await using var host = await Load("Acme.OneClassName:");
        var type = host.Plugins[0].Instance!.GetType();

        Assert.NotSame(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(type.Assembly));
        Assert.Same(typeof(BrokerPlugin), type.BaseType);
    }

    [Fact]
    public async Task Two_plugins_use_two_versions_of_one_library()
    {
        Install("Acme.UsesOne");
        Install("Acme.UsesTwo");
        await using var host = await Load("[uses-one, uses-two]");
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["library one"], _log.Of("amqtt.broker.plugins.UsesOne"));
        Assert.Equal(["library two"], _log.Of("amqtt.broker.plugins.UsesTwo"));
    }

    [Fact]
    public void A_library_that_is_missing_is_named_with_what_puts_it_there()
    {
        Install("Acme.UsesOne");
        File.Delete(Path.Combine(_folder.FullName, "Acme.UsesOne", "Acme.Library.dll"));
        var error = Assert.Single(Errors("uses-one:"));
        Assert.StartsWith("test.yaml:1:1: plugins.uses-one: Acme.UsesOne cannot be loaded: Could not load file or assembly 'Acme.Library, ", error, StringComparison.Ordinal);
        Assert.EndsWith(" It is not in the plugin's folder, where 'dotnet publish' puts what a plugin needs.", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public async Task The_files_of_a_running_plugin_may_be_replaced()
    {
        Install("Acme.Hello");
        await using var host = await Load("Acme.OneClassName:");
        var file = Path.Combine(_folder.FullName, "Acme.Hello", "Acme.Hello.dll");

        Assert.NotEqual(file, host.Plugins[0].Instance!.GetType().Assembly.Location);
        await File.WriteAllTextAsync(file, "something else", TestContext.Current.CancellationToken);
        await host.StartAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Private_copies_are_removed()
    {
        Install("Acme.Hello");
        var host = await Load("Acme.OneClassName:");
        var copy = Path.GetDirectoryName(host.Plugins[0].Instance!.GetType().Assembly.Location);
        Assert.True(Directory.Exists(copy));
        await host.DisposeAsync();
        if (!OperatingSystem.IsWindows()) Assert.False(Directory.Exists(copy));
    }

    [Fact]
    public async Task A_native_library_can_be_called_when_the_copies_have_gone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A library that is loaded is not deleted there.");
        Install("Acme.UsesNative");
        InstallNative("Acme.UsesNative", "acme_native");
        var host = await Load("uses-native:");
        await host.StartAsync(TestContext.Current.CancellationToken);
        var type = host.Plugins[0].Instance!.GetType();
        await host.DisposeAsync();

        Assert.Equal([$"process {Environment.ProcessId}"], _log.Of("amqtt.broker.plugins.UsesNative"));
        Assert.IsType<int>(type.GetMethod("CallLate")!.Invoke(null, null));
    }

    [Fact]
    public async Task A_class_of_a_file()
    {
        var file = Path.Combine(Assets, "Acme.Hello", "Acme.Hello.dll");
        await using var host = await Load($"'{file}#Acme.OneClassName':");
        Assert.Equal("OneClassName", host.Plugins[0].Identity.Id);
    }

    [Fact]
    public void A_class_of_a_file_relative_to_the_configuration()
    {
        Install("Acme.Hello");
        Assert.Empty(Errors("'Acme.Hello/Acme.Hello.dll#Acme.OneClassName':"));
        Assert.Equal(
            [$"test.yaml:1:1: plugins.Nowhere.dll#X: there is no file {Path.Combine(_folder.FullName, "Nowhere.dll")}"],
            Errors("'Nowhere.dll#X':"));
        Assert.Equal(
            ["test.yaml:1:1: plugins.Acme.Hello/Acme.Hello.dll#Acme.OneClasName: unknown plugin; did you mean 'Acme.OneClassName'? Found: Acme.OneClassName, Acme.TwoClassName"],
            Errors("'Acme.Hello/Acme.Hello.dll#Acme.OneClasName':"));
    }

    [Fact]
    public void A_class_that_is_nowhere_is_told_with_the_places_that_were_looked_in()
    {
        Assert.EndsWith($"; looked in the program's own assemblies and in {_folder.FullName}", Assert.Single(Errors("Acme.Nowhere:")), StringComparison.Ordinal);
        _folder.Delete(recursive: true);
        Assert.EndsWith($" and in {_folder.FullName}, which does not exist", Assert.Single(Errors("Acme.Nowhere:")), StringComparison.Ordinal);
        _folder.Create();
    }

    [Fact]
    public void A_class_found_in_two_folders()
    {
        Install("Acme.Hello");
        Install("Acme.Hello", "Copy");
        File.Move(Path.Combine(_folder.FullName, "Copy", "Acme.Hello.dll"), Path.Combine(_folder.FullName, "Copy", "Copy.dll"));
        var (one, two) = (Path.Combine(_folder.FullName, "Acme.Hello", "Acme.Hello.dll"), Path.Combine(_folder.FullName, "Copy", "Copy.dll"));

        Assert.Equal(
            [$"test.yaml:1:1: plugins.Acme.OneClassName: this name was found more than once: Acme.OneClassName in {one}, Acme.OneClassName in {two}; name one as path/to/My.dll#Acme.MyPlugin"],
            Errors("Acme.OneClassName:"));
    }

    [Fact]
    public void A_plugin_built_against_a_newer_contract()
    {
        Install("Acme.FromTheFuture");
        var ours = typeof(BasePlugin).Assembly.GetName().Version;
        Assert.Equal(
            [$"test.yaml:1:1: plugins.Acme.FromTheFuture: Acme.FromTheFuture was built against Amqtt.Plugins 99.0.0.0, but this host has {ours}; use a newer host or build the plugin against {ours}"],
            Errors("Acme.FromTheFuture:"));
    }

    [Fact]
    public void An_override_of_a_hook_that_the_contract_does_not_have()
    {
        Install("Acme.StaleOverride");
        var ours = typeof(BasePlugin).Assembly.GetName().Version;
        Assert.Equal(
            [
                $"test.yaml:1:1: plugins.Acme.StaleOverride: OnBrokerFutureAsync overrides a method that the plugin contract {ours} of this host does not have; "
                + "the plugin was built against 0.1.0.0",
            ],
            Errors("Acme.StaleOverride:"));
    }

    [Fact]
    public void A_folder_without_its_assembly_is_a_warning()
    {
        _folder.CreateSubdirectory("Empty");
        Plan("[]", out _);
        Plan($"['{typeof(Hosted).FullName}']", out var errors);
        Assert.Equal([$"plugin_path: the folder {Path.Combine(_folder.FullName, "Empty")} has no Empty.dll and is skipped"], errors.Warnings.Select(warning => warning.ToString()));
    }

    [Fact]
    public async Task A_class_of_the_program_by_its_name_or_alias()
    {
        await using var host = await Load($"['{typeof(Hosted).FullName}', amqtt.plugins.test.Hosted, amqtt.plugin.test.Hosted]");
        Assert.All(host.Plugins, plugin => Assert.IsType<Hosted>(plugin.Instance));
        Assert.Equal(3, host.Plugins.Count);
    }

    [Fact]
    public void A_class_that_is_no_plugin()
        => Assert.Equal(
            [$"test.yaml:1:1: plugins.{typeof(LogRecorder).FullName}: {typeof(LogRecorder).FullName} is no plugin: it does not derive from Amqtt.Plugins.BasePlugin"],
            Errors($"{typeof(LogRecorder).FullName}:"));

    [Fact]
    public void A_name_of_aMQTT_for_something_to_come()
        => Assert.Equal(
            ["test.yaml:1:1: plugins.amqtt.plugin.authentication.FileAuthPlugin: this is aMQTT's name for FileAuthPlugin, which this version does not have yet"],
            Errors("amqtt.plugin.authentication.FileAuthPlugin:"));

    [Fact]
    public void The_old_store_of_aMQTT_is_ignored_with_a_warning()
    {
        Assert.Empty(Plan("amqtt.plugins.persistence.SQLitePlugin:", out var errors).Plugins);
        Assert.Equal(
            ["test.yaml:1:1: plugins.amqtt.plugins.persistence.SQLitePlugin: stores nothing and is ignored; SessionDbPlugin is what keeps sessions"],
            errors.Warnings.Select(warning => warning.ToString()));
    }

    private void Install(string asset, string? name = null)
    {
        var folder = _folder.CreateSubdirectory(name ?? asset);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Assets, asset))) File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
    }

    /// <summary>A native library where packages have them; it is one of the runtime's.</summary>
    private void InstallNative(string asset, string name)
    {
        var library = OperatingSystem.IsMacOS() ? "dylib" : "so";
        var path = $"runtimes/unix/native/lib{name}.{library}";
        var file = new FileInfo(Path.Combine(_folder.FullName, asset, path));
        file.Directory!.Create();
        File.Copy(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), $"libSystem.Native.{library}"), file.FullName);
        var dependencies = Path.Combine(_folder.FullName, asset, $"{asset}.deps.json");
        var json = JsonNode.Parse(File.ReadAllText(dependencies))!;
        json["targets"]![".NETCoreApp,Version=v10.0"]![$"{asset}/1.0.0"]!["runtimeTargets"] = new JsonObject { [path] = new JsonObject { ["rid"] = "unix", ["assetType"] = "native" } };
        File.WriteAllText(dependencies, json.ToJsonString());
    }

    private string[] Errors(string section)
    {
        Plan(section, out var errors).Dispose();
        return [.. errors.Errors.Select(error => error.ToString())];
    }

    private PluginPlan Plan(string section, out ConfigErrors errors)
    {
        var (root, messages) = Yaml.Parse(section);
        errors = messages;
        var plugins = new PluginCollection().Add(root!, errors);
        return PluginPlan.Make(plugins, Options(), errors);
    }

    private Task<PluginHost> Load(string section)
    {
        var plan = Plan(section, out var errors);
        errors.ThrowIfAny();
        return PluginHost.LoadAsync(plan, Options()).AsTask();
    }

    private PluginHostOptions Options() => new() { LoggerFactory = _log, PluginPath = _folder.FullName, BaseDirectory = _folder.FullName };

    [PluginAlias("amqtt.plugins.test.Hosted")]
    public sealed class Hosted : BrokerPlugin;
}
