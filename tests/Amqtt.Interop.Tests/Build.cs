using System.Reflection;

namespace Amqtt.Interop.Tests;

/// <summary>What the build knows and the tests need.</summary>
internal static class Build
{
    /// <summary>The repository's root folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Read("RepositoryRoot"));

    /// <summary><c>Debug</c> or <c>Release</c>: what these tests, and so the broker they start, were built as.</summary>
    public static string Configuration { get; } = Read("Configuration");

    /// <summary>The command's assembly, in the folder it was built into.</summary>
    public static string Amqtt { get; } = Path.GetFullPath(Read("Amqtt"));

    private static string Read(string key) =>
        typeof(Build).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
