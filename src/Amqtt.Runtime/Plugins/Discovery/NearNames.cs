using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Runtime.Plugins;

/// <summary>Finds the plugin names that somebody probably meant.</summary>
internal static class NearNames
{
    private const int Most = 3;

    /// <summary>The names whose last part is nearest: people mistake the class or the namespace, seldom both.</summary>
    public static IReadOnlyList<string> Of(string written, IReadOnlyCollection<string> names)
    {
        var nearest = Nearest.Find(LastPart(written), names.Select(LastPart));
        return nearest is null ? [] : [.. names.Where(name => LastPart(name) == nearest).Take(Most)];
    }

    private static string LastPart(string name) => name[(name.LastIndexOfAny(['.', '+', '#', '/']) + 1)..];
}
