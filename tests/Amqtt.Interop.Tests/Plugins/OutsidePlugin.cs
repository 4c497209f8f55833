using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Plugins;

/// <summary>
/// A plugin project outside the repository: our packages in a feed of its own, a project as <c>docs/plugins.md</c> prints it, with the
/// classes that our pages print, published into a plugin folder.
/// </summary>
public sealed class OutsidePlugin : IAsyncLifetime
{
    /// <summary>What nobody may use, where <see cref="RecorderYaml"/> is in force.</summary>
    public const string SealedTopic = "vault/door";

    private readonly TemporaryFolder _folder = new();

    /// <summary>The packages, as <c>dotnet pack</c> makes them.</summary>
    internal string Feed => _folder.Path("feed");

    public async ValueTask InitializeAsync()
    {
        await DotnetAsync(Build.Root, "pack", "--no-build", "-c", Build.Configuration, "-o", Feed);

        _folder.Write("Acme/Acme.csproj", Documentation.Block("docs/plugins.md", "The project", "xml").Replace("../amqtt/artifacts/packages", Feed, StringComparison.Ordinal));
        _folder.Write("Acme/TwoClasses.cs", Documentation.Block("docs/plugins.md", "Writing a plugin", "csharp"));
        _folder.Write("Acme/Quarantine.cs", Documentation.Block("README.md", "A plugin", "csharp"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Plugins", "Acme", "Recorder.cs"), _folder.Path("Acme", "Recorder.cs"));
        // A package folder of its own, or an older package of the same version would be used. What is not ours may come from the usual one.
        _folder.Write("Acme/nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder.Path("packages")}" /></config>
              <fallbackPackageFolders><add key="usual" value="{UsualPackages()}" /></fallbackPackageFolders>
              <packageSourceMapping>
                <packageSource key="{Feed}"><package pattern="Amqtt.*" /></packageSource>
                <packageSource key="nuget.org"><package pattern="*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
        await DotnetAsync(_folder.Path("Acme"), "publish", "-o", _folder.Path("conf", "plugins", "Acme"), "-warnaserror");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }

    /// <summary>A configuration with the plugin <c>Acme.Recorder</c>, which is the only one to decide anything.</summary>
    internal static string RecorderYaml(int port, string journal) => $$"""
        listeners:
          default: {type: tcp, bind: 127.0.0.1:{{port}}}
        plugins:
          - Acme.Recorder:
              journal: {{journal}}
              refused-user: mallory
              sealed: [{{SealedTopic}}, vault/key]
              patience: 5s
              style: {separator: ";"}
        """;

    /// <summary>Starts a broker whose configuration file lies beside the plugin folder.</summary>
    internal async Task<BrokerProcess> StartBrokerAsync(int port, string yaml) =>
        await BrokerProcess.StartAmqttAsync(_folder.Write($"conf/{port}.yaml", yaml), port);

    private static string UsualPackages() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    // Build servers would outlive the command, and with them the pipes that it was given.
    private static async Task DotnetAsync(string folder, params string[] arguments)
    {
        await using var process = LineProcess.Start("dotnet", [.. arguments, "-nodeReuse:false", "-p:UseSharedCompilation=false"], folder);
        await process.SucceedAsync();
    }
}
