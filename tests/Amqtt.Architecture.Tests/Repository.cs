using System.Reflection;

namespace Amqtt.Architecture.Tests;

/// <summary>The source tree this test was built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!);

    /// <summary>The product's C# files (<c>src/</c> and <c>plugins/</c>), relative to <see cref="Root"/>, with forward slashes.</summary>
    public static IEnumerable<string> ProductFiles() =>
        from folder in new[] { "src", "plugins" }
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !relative.Contains("/bin/", StringComparison.Ordinal) && !relative.Contains("/obj/", StringComparison.Ordinal)
        select relative;

    /// <summary>Names of the product's projects, from their project files.</summary>
    public static IEnumerable<string> ProductProjects() =>
        from folder in new[] { "src", "plugins" }
        from file in Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories)
        select Path.GetFileNameWithoutExtension(file);

    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));
}
