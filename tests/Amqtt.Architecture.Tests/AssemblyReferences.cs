using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Amqtt.Architecture.Tests;

/// <summary>What a built assembly names in its metadata: the references the compiler kept, not those a project file declares.</summary>
internal static class AssemblyReferences
{
    public static IReadOnlyList<string> Of(string project)
    {
        // The CLI's assembly is called `amqtt`; every other one has its project's name.
        var name = project == "Amqtt.Cli" ? "amqtt" : project;
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, name + ".dll"));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
