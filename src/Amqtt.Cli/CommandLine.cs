using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using Amqtt.Cli.Commands;
using Amqtt.Cli.Commands.Clients;
using Amqtt.Cli.Commands.Clients.Bench;
using Amqtt.Plugins;

namespace Amqtt.Cli;

/// <summary>
/// The command line of <c>amqtt</c>. Exit codes: 0 = done, 1 = it went wrong, 2 = it was called wrongly. Errors go to the error stream and start with ❌;
/// a stack trace is shown only with <c>-d</c>.
/// </summary>
internal static class CommandLine
{
    private const int Failed = 1;
    private const int Misused = 2;

    /// <summary>Version of the program, as <c>--version</c> prints it.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var terminal = new Terminal(output, error);
        var debug = new Option<bool>("--debug", "-d") { Description = "Log at level Debug with logger names; show stack traces.", Recursive = true };
        var parsed = Root(terminal, debug).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                terminal.Error(UsageErrors.Describe(problem));
            terminal.Hint(UsageErrors.Hint(parsed.CommandResult));
            return Misused;
        }

        try
        {
            // Signals are the broker's own business: its shutdown is complete, and takes as long as it takes.
            return await parsed.InvokeAsync(new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e)
        {
            terminal.Error(parsed.GetValue(debug) ? e.ToString() : e.Message);
            return Failed;
        }
    }

    private static RootCommand Root(Terminal terminal, Option<bool> debug)
    {
        var file = new Option<string?>("--config", "-c", "--config-file") { Description = "Configuration file (YAML or JSON). Without one the broker listens on loopback, port 1883. AMQTT_… environment variables count above it.", HelpName = "FILE" };
        var watch = new Option<bool>("--watch") { Description = "Reload when the configuration file, a file that it takes a value from, or the plugin folder changes." };
        var root = new RootCommand("Amqtt.NET, an MQTT 3.1, 3.1.1 and 5.0 broker with plugins. Without a command it runs the broker.") { file, debug, watch, Config(terminal), Plugins(terminal), Dev(terminal, file, debug), Passwd(terminal) };
        foreach (var client in new[] { new PubCommand(terminal).Build(debug), new SubCommand(terminal).Build(debug), new BenchCommand(terminal).Build(debug) })
        {
            client.Options.Add(new VersionOption { Action = new PrintVersion() });
            root.Subcommands.Add(client);
        }

        root.SetAction((result, cancel) => new BrokerCommand(terminal, TimeProvider.System).RunAsync(result.GetValue(file), result.GetValue(debug), result.GetValue(watch), cancel));
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        return root;
    }

    private static Command Config(Terminal terminal)
    {
        var required = new Argument<string>("FILE") { Description = "Configuration file (YAML)." };
        var check = new Command("check", "Read a configuration file with all plugin options, report every mistake, and start nothing.") { required };
        check.SetAction(result => ConfigCheckCommand.Run(result.GetRequiredValue(required), terminal));

        var optional = new Argument<string?>("FILE") { Description = "Configuration file (YAML); without it what the broker does without a file.", Arity = ArgumentArity.ZeroOrOne };
        var show = new Command("show", "Print the effective configuration as YAML: every key and every limit with its value, secrets as ***.") { optional };
        show.SetAction(result => ConfigShowCommand.Run(result.GetValue(optional), terminal));

        var beside = new Argument<string?>("FILE") { Description = "Configuration file; the plugins in its plugin folder are described, too.", Arity = ArgumentArity.ZeroOrOne };
        var schema = new Command("schema", "Print a JSON Schema of the configuration with all installed plugins, for editors.") { beside };
        schema.SetAction(result => ConfigSchemaCommand.Run(result.GetValue(beside), terminal));
        var running = new Argument<string?>("FILE") { Description = "The configuration file that the broker was started with; without it the broker that was started without one.", Arity = ArgumentArity.ZeroOrOne };
        var reload = new Command("reload", "Let the running broker read its configuration file again: plugins, their options and limits change without dropping a client, or nothing does.") { running };
        reload.SetAction((result, cancel) => new ControlCommands(terminal).ReloadAsync(result.GetValue(running), cancel));
        return new("config", "Check, show or describe a configuration.") { check, show, schema, reload };
    }

    private static Command Plugins(Terminal terminal)
    {
        var file = new Argument<string?>("FILE") { Description = "The configuration file; without it the default configuration.", Arity = ArgumentArity.ZeroOrOne };
        var list = new Command("list", "The plugins with version, hooks and state: of the running broker, or else of the configuration.") { file };
        list.SetAction((result, cancel) => new ControlCommands(terminal).ListAsync(result.GetValue(file), cancel));

        var client = new Option<string>("--client") { Description = "The client identifier.", HelpName = "ID", Required = true };
        var user = new Option<string?>("--user") { Description = "The user name of a client that has no session.", HelpName = "NAME" };
        var topic = new Option<string>("--topic") { Description = "The topic name, or the filter of a subscription; with the topic prefix, if an authentication plugin has given the client one.", HelpName = "TOPIC", Required = true };
        var action = new Option<TopicAction>("--action") { Description = "publish, subscribe or receive.", DefaultValueFactory = static _ => TopicAction.Publish };
        var explain = new Command("explain", "What each plugin says about a client's use of a topic, and why: of the running broker, or else of the configuration.") { file, client, user, topic, action };
        explain.SetAction((result, cancel) => new ControlCommands(terminal).ExplainAsync(
            result.GetValue(file), new(result.GetRequiredValue(client), result.GetValue(user), result.GetRequiredValue(topic), result.GetValue(action)), cancel));
        return new("plugins", "Look at plugins.") { list, explain };
    }

    private static Command Dev(Terminal terminal, Option<string?> file, Option<bool> debug)
    {
        var source = new Argument<string>("FILE.cs") { Description = "C# source file with a plugin." };
        var dev = new Command("dev", "Run a broker with a plugin that is one source file, and swap it in at every save.") { source, file };
        dev.SetAction((result, cancel) => new DevCommand(terminal).RunAsync(result.GetRequiredValue(source), result.GetValue(file), result.GetValue(debug), cancel));
        return dev;
    }

    private static Command Passwd(Terminal terminal)
    {
        var file = new Argument<string?>("FILE") { Description = "Password file of lines 'name:hash'.", Arity = ArgumentArity.ZeroOrOne };
        var user = new Argument<string?>("USER") { Description = "The user whose password is set.", Arity = ArgumentArity.ZeroOrOne };
        var create = new Option<bool>("--create", "-c") { Description = "Make the file, readable by its owner only." };
        var delete = new Option<bool>("--delete", "-D") { Description = "Remove the user." };
        var hash = new Option<bool>("--hash") { Description = "Print a hash and touch no file." };
        var passwd = new Command("passwd", "Set, replace or remove a password in a file (argon2id). The password is asked for twice, or read as one line from the standard input.") { file, user, create, delete, hash };
        passwd.Validators.Add(result =>
        {
            var named = (result.GetValue(file) is null ? 0 : 1) + (result.GetValue(user) is null ? 0 : 1);
            if (named != (result.GetValue(hash) ? 0 : 2))
                result.AddError("'amqtt passwd' takes a FILE and a USER, or --hash alone.");
        });
        passwd.SetAction(result =>
        {
            var command = new PasswdCommand(terminal, new PasswordInput(terminal, static () => Console.ReadKey(intercept: true)).Read);
            return result.GetValue(hash)
                ? command.PrintHash()
                : command.Change(result.GetRequiredValue(file)!, result.GetRequiredValue(user)!, result.GetValue(create), result.GetValue(delete));
        });
        return passwd;
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        // Nobody has to name a topic to learn the version.
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(Version);
            return 0;
        }
    }
}
