using Amqtt.Cli.Control;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Cli.Commands;

/// <summary>Commands for the broker that runs with a configuration file; those that only look do without it, by loading the plugins that the file names.</summary>
internal sealed class ControlCommands(Terminal terminal)
{
    /// <summary><c>amqtt config reload [FILE]</c>.</summary>
    public async Task<int> ReloadAsync(string? file, CancellationToken cancel)
    {
        var path = ControlSocket.PathFor(file);
        var answer = await ControlSocket.SendAsync(path, ["reload"], cancel);
        return (answer ?? ControlAnswer.Failed($"no broker runs with {file ?? "the default configuration"} here, as this user (nobody answers at {path})")).Print(terminal);
    }

    /// <summary><c>amqtt plugins list [FILE]</c>.</summary>
    public async Task<int> ListAsync(string? file, CancellationToken cancel)
    {
        if (await ControlSocket.SendAsync(ControlSocket.PathFor(file), ["plugins", "list"], cancel) is { } answer) return answer.Print(terminal);
        var errors = new ConfigErrors();
        var options = ConfigurationSource.Read(file, errors);
        using var plan = options is null ? null : ConfigurationSource.Plan(options, errors);
        if (plan is null || errors.HasErrors) return ControlAnswer.Failed(errors.Errors).Print(terminal);
        return PluginReports.List(plan.Plugins.Select(PluginDescription.Of)).Print(terminal);
    }

    /// <summary><c>amqtt plugins explain [FILE] --client ID --topic T --action A</c>.</summary>
    public async Task<int> ExplainAsync(string? file, ExplainRequest request, CancellationToken cancel)
    {
        if (await ControlSocket.SendAsync(ControlSocket.PathFor(file), request.ToCommand(), cancel) is { } answer) return answer.Print(terminal);
        var errors = new ConfigErrors();
        var options = ConfigurationSource.Read(file, errors);
        if (options is not null) ConfigurationSource.CheckStart(options, errors);
        if (options is null || errors.HasErrors) return ControlAnswer.Failed(errors.Errors).Print(terminal);
        await using var plugins = await PluginHost.LoadAsync(options.Plugins, ConfigurationSource.HostOptions(options));
        await terminal.Output.WriteLineAsync("(no broker is running: the plugins are loaded, not started)");
        return PluginReports.Explain(request, await plugins.ExplainAsync(request.Action, new SupposedSession(request), request.Asked, QoS.AtMostOnce), hasSession: false).Print(terminal);
    }
}
