using Amqtt.Plugins;

namespace Amqtt.Cli.Logging;

/// <summary>Where in a plugin's code something went wrong. Whoever wrote it needs one line to find the mistake.</summary>
internal static class PluginCode
{
    private const string PackagedPlugins = "Amqtt.Plugins.Standard.";
    private static readonly string[] NotOfPlugins = ["System.", "Microsoft.", "Amqtt.Plugins.", "Amqtt.Protocol.", "Amqtt.Runtime.", "Amqtt.Broker."];

    /// <summary>The line of the stack trace, or null: the frames above it, of the framework and of the broker, do not help.</summary>
    public static string? PlaceOf(Exception exception) => exception.StackTrace?.Split('\n').Select(static line => line.Trim())
        .FirstOrDefault(static line => line.StartsWith("at ", StringComparison.Ordinal) && (Begins(line, PackagedPlugins) || !NotOfPlugins.Any(name => Begins(line, name))));

    /// <summary>The message, and of an exception that the plugin's own code threw its kind and place.</summary>
    public static string Describe(PluginException exception) =>
        exception is PluginInitException { InnerException: { } cause } && PlaceOf(cause) is { } place ? $"{exception.Message} ({cause.GetType().Name} {place})" : exception.Message;

    private static bool Begins(string line, string name) => line.AsSpan("at ".Length).StartsWith(name, StringComparison.Ordinal);
}
