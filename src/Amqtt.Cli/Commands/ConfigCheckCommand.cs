using Amqtt.Runtime.Configuration;

namespace Amqtt.Cli.Commands;

/// <summary><c>amqtt config check FILE</c>: what the broker does with a file before it starts anything, and a look at what would stop its plugins; nothing else.</summary>
internal static class ConfigCheckCommand
{
    public static int Run(string file, Terminal terminal)
    {
        var errors = new ConfigErrors();
        var options = ConfigurationSource.Read(file, errors);
        if (options is not null)
            ConfigurationSource.CheckStart(options, errors);
        terminal.Warnings(errors.Warnings);
        if (errors.HasErrors)
        {
            terminal.Errors(errors.Errors);
            return 1;
        }

        terminal.Done($"{file}: no mistakes found (listeners: {string.Join(", ", options!.Listeners.Keys)}; plugins: {options.Plugins.Count})");
        return 0;
    }
}
