namespace Amqtt.Runtime.Plugins;

/// <summary>The files of the program's own assemblies: those it was built with, loaded or not.</summary>
internal static class HostAssemblies
{
    // The framework brings 170 to 300 assemblies, none of which has a plugin; opening them all takes longer than everything else at a start.
    private static readonly string[] Framework = ["System.", "Microsoft.", "mscorlib.", "netstandard.", "WindowsBase."];

    public static IEnumerable<string> Files()
    {
        var trusted = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";
        return trusted.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(file => !Array.Exists(Framework, prefix => Path.GetFileName(file).StartsWith(prefix, StringComparison.Ordinal)));
    }
}
