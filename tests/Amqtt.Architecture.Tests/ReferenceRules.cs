namespace Amqtt.Architecture.Tests;

/// <summary>
/// The arrows between the rooms: Protocol &lt;- Plugins &lt;- {Runtime, plugins/*}; Runtime &lt;- {Broker, Client}; Broker &lt;- {AspNetCore, Testing} &lt;- Cli.
/// A new project needs a line in <see cref="Allowed"/>; a new arrow needs a decision.
/// </summary>
public sealed class ReferenceRules
{
    // What a project may see of ours. The executable is where everything is put together, so it may see all.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Amqtt.Protocol"] = [],
        ["Amqtt.Plugins"] = ["Amqtt.Protocol"],
        ["Amqtt.Plugins.Standard"] = ["Amqtt.Protocol", "Amqtt.Plugins"],
        ["Amqtt.Runtime"] = ["Amqtt.Protocol", "Amqtt.Plugins"],
        ["Amqtt.Broker"] = ["Amqtt.Protocol", "Amqtt.Plugins", "Amqtt.Runtime"],
        ["Amqtt.Client"] = ["Amqtt.Protocol", "Amqtt.Plugins", "Amqtt.Runtime"],
        ["Amqtt.AspNetCore"] = ["Amqtt.Protocol", "Amqtt.Plugins", "Amqtt.Runtime", "Amqtt.Broker"],
        ["Amqtt.Plugins.Analyzers"] = [],
        ["Amqtt.Plugins.Testing"] = ["Amqtt.Protocol", "Amqtt.Plugins", "Amqtt.Runtime", "Amqtt.Broker"],
        ["Amqtt.Cli"] = ["Amqtt.*"],
    };

    // Foreign assemblies by the rooms that own them. Everybody else reaches them through a seam.
    private static readonly Dictionary<string, string[]> Owners = new(StringComparer.Ordinal)
    {
        ["Microsoft.AspNetCore."] = ["Amqtt.AspNetCore", "Amqtt.Cli"],
        ["Microsoft.Data.Sqlite"] = [],
        ["Npgsql"] = [],
        ["MySqlConnector"] = [],
        ["Konscious."] = ["Amqtt.Plugins.Standard"],
        ["BCrypt."] = ["Amqtt.Plugins.Standard"],
        ["YamlDotNet"] = ["Amqtt.Runtime"],
        ["Microsoft.CodeAnalysis"] = ["Amqtt.Cli", "Amqtt.Plugins.Analyzers"],
        ["System.CommandLine"] = ["Amqtt.Cli"],
    };

    public static TheoryData<string> Projects() => [.. Repository.ProductProjects()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_the_rooms_below_it(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out var allowed), $"{project} has no line in {nameof(ReferenceRules)}: say what it may reference.");
        if (allowed is ["Amqtt.*"])
            return;
        var ours = AssemblyReferences.Of(project).Where(name => name.StartsWith("Amqtt.", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(ours.Except(allowed!, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_leaves_foreign_assemblies_to_their_owner(string project)
    {
        foreach (var reference in AssemblyReferences.Of(project))
        {
            foreach (var (prefix, owners) in Owners)
            {
                if (reference.StartsWith(prefix, StringComparison.Ordinal))
                    Assert.Contains(project, owners);
            }
        }
    }

    [Fact]
    public void The_protocol_depends_on_the_framework_alone() =>
        Assert.All(AssemblyReferences.Of("Amqtt.Protocol"), name => Assert.StartsWith("System.", name, StringComparison.Ordinal));

    // [InternalsVisibleTo] would give the packaged plugins what no other author has.
    [Fact]
    public void Packaged_plugins_are_built_on_the_public_contract_alone() =>
        Assert.All(
            ["src/Amqtt.Protocol/Amqtt.Protocol.csproj", "src/Amqtt.Plugins/Amqtt.Plugins.csproj"],
            project => Assert.DoesNotContain("InternalsVisibleTo Include=\"Amqtt.Plugins.Standard\"", Repository.Read(project), StringComparison.Ordinal));
}
