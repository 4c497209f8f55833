using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Amqtt.Runtime.Plugins;

/// <summary>What an assembly file says about itself. Read from its metadata: nothing of it is loaded, let alone run.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The assembly's name.</param>
/// <param name="References">The assemblies it was built against.</param>
/// <param name="Classes">Its concrete classes, if it references the plugin contract; otherwise none.</param>
internal sealed record AssemblyFacts(string File, string Name, IReadOnlyList<AssemblyName> References, IReadOnlyList<ClassFacts> Classes)
{
    /// <summary>The source file that it was compiled from on the spot, or null.</summary>
    public string? Source { get; init; }

    /// <summary>The file that a person knows.</summary>
    public string Origin => Source ?? File;

    /// <summary>Reads a file; null if it is no managed assembly.</summary>
    public static AssemblyFacts? Read(string file)
    {
        try
        {
            using var stream = System.IO.File.OpenRead(file);
            using var image = new PEReader(stream);
            if (!image.HasMetadata) return null;
            var metadata = image.GetMetadataReader();
            return metadata.IsAssembly ? Read(file, metadata) : null;
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    private static AssemblyFacts Read(string file, MetadataReader metadata)
    {
        List<AssemblyName> references = [.. metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName())];
        var mayHavePlugins = references.Exists(reference => reference.Name == SharedAssemblies.Contract);
        return new(file, metadata.GetAssemblyDefinition().GetAssemblyName().Name!, references, mayHavePlugins ? ClassFacts.ReadAll(metadata) : []);
    }
}
