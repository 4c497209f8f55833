using Amqtt.Runtime.Plugins;
using Microsoft.CodeAnalysis;

namespace Amqtt.Cli.Compilation;

/// <summary>What a single-file plugin is compiled against: the framework and what plugins share with the host, nothing else of it.</summary>
internal static class PluginReferences
{
    private static readonly Lazy<MetadataReference[]> Loaded = new(Load);

    /// <summary>The references; read on first use, which is when the first source file turns up.</summary>
    public static IReadOnlyList<MetadataReference> All => Loaded.Value;

    private static MetadataReference[] Load()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var trusted = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";
        return
        [
            .. trusted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Where(file => Path.GetDirectoryName(file) == framework || SharedAssemblies.Contains(Path.GetFileNameWithoutExtension(file)))
                .Select(file => MetadataReference.CreateFromFile(file)),
        ];
    }
}
