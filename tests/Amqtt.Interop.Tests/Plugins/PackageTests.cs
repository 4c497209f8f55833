using System.IO.Compression;
using System.Xml.Linq;

namespace Amqtt.Interop.Tests.Plugins;

/// <summary>What <c>dotnet pack</c> yields, as the one who references it finds it.</summary>
[Collection(nameof(OutsidePluginCollection))]
public sealed class PackageTests(OutsidePlugin plugin)
{
    private static readonly string[] Libraries = ["Amqtt.AspNetCore", "Amqtt.Broker", "Amqtt.Client", "Amqtt.Plugins", "Amqtt.Plugins.Standard", "Amqtt.Plugins.Testing", "Amqtt.Protocol", "Amqtt.Runtime"];

    // Nobody's code references these: an analyzer, a template, a tool.
    private static readonly string[] Others = ["Amqtt.Cli", "Amqtt.Plugins.Analyzers", "Amqtt.Templates"];

    public static TheoryData<string> Packages() => [.. Libraries];

    [Fact]
    public void Every_library_is_a_package_with_symbols()
    {
        var files = Directory.EnumerateFiles(plugin.Feed).Select(Path.GetFileName).ToList();
        Assert.Equal(Libraries, Libraries.Where(name => files.Exists(file => IsPackage(file!, name, ".nupkg"))));
        Assert.Equal(Libraries, Libraries.Where(name => files.Exists(file => IsPackage(file!, name, ".snupkg"))));
        Assert.Equal(Others, Others.Where(name => files.Exists(file => IsPackage(file!, name, ".nupkg"))));
        Assert.DoesNotContain(files, file => !Libraries.Concat(Others).Any(name => IsPackage(file!, name, Path.GetExtension(file)!)));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_has_its_readme_its_licence_and_its_documentation(string package)
    {
        using var archive = Open(package);
        var entries = archive.Entries.Select(entry => entry.FullName).ToList();
        Assert.Contains("README.md", entries);
        Assert.Contains("LICENSE", entries);
        Assert.Contains($"lib/net10.0/{package}.dll", entries);
        Assert.Contains($"lib/net10.0/{package}.xml", entries);

        var specification = Specification(archive);
        Assert.Equal("MIT", Value(specification, "license"));
        Assert.Equal("README.md", Value(specification, "readme"));
        Assert.NotEqual("Package Description", Value(specification, "description"));
    }

    // The assembly may not know them (Amqtt.Architecture.Tests), but an embedded broker needs its default plugins.
    [Fact]
    public void The_broker_brings_the_packaged_plugins() => Assert.Contains("Amqtt.Plugins.Standard", Dependencies("Amqtt.Broker"));

    [Fact]
    public void The_contract_brings_no_more_than_it_shows() => Assert.Equal(
        ["Amqtt.Protocol", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Logging.Abstractions"],
        Dependencies("Amqtt.Plugins").Order());

    private static bool IsPackage(string file, string name, string extension) =>
        file.StartsWith(name + ".", StringComparison.Ordinal) && char.IsAsciiDigit(file[name.Length + 1]) && file.EndsWith(extension, StringComparison.Ordinal);

    private static string? Value(XDocument specification, string element) => specification.Descendants().Single(e => e.Name.LocalName == element).Value;

    private static XDocument Specification(ZipArchive archive)
    {
        using var stream = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream);
    }

    private List<string> Dependencies(string package)
    {
        using var archive = Open(package);
        return [.. Specification(archive).Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => e.Attribute("id")!.Value)];
    }

    private ZipArchive Open(string package) =>
        ZipFile.OpenRead(Directory.EnumerateFiles(plugin.Feed).Single(file => IsPackage(Path.GetFileName(file), package, ".nupkg")));
}
