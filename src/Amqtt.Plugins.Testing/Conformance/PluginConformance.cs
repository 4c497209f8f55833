namespace Amqtt.Plugins.Testing;

/// <summary>What every plugin should survive, whatever it does. One line in a test: <c>await PluginConformance.CheckAsync&lt;MyPlugin&gt;("option: 1");</c>.</summary>
public static class PluginConformance
{
    private static readonly (string Name, Func<Type, string?, Task> Run)[] Checks =
    [
        ("starts, stops and is disposed once", ConformanceChecks.LifeAsync),
        ("survives hostile names, payloads and many clients", ConformanceChecks.CrowdAsync),
        ("ends when its token is cancelled", ConformanceChecks.CancellationAsync),
        ("prints no password", ConformanceChecks.SecretsAsync),
        ("runs twice in one process", ConformanceChecks.TwiceAsync),
    ];

    private static readonly (string Name, Func<Type, string?, Task> Run) Unloading = ("can be unloaded", ConformanceChecks.UnloadingAsync);

    /// <summary>Runs all checks: life, hostile names and payloads, many clients at once, cancelled tokens, secrets, two brokers in one process, unloading.</summary>
    /// <typeparam name="TPlugin">The plugin.</typeparam>
    /// <param name="options">Its options as YAML; null = none. They are used for several instances at once.</param>
    /// <param name="unloads">Whether it can be unloaded, too, which <c>amqtt dev</c> does; false for a plugin with a library that never lets go, such as Microsoft.Data.Sqlite.</param>
    /// <exception cref="PluginTestException">Some checks failed; the message lists all that did.</exception>
    public static async Task CheckAsync<TPlugin>(string? options = null, bool unloads = true)
        where TPlugin : BasePlugin
    {
        var findings = new List<string>();
        foreach (var check in unloads ? Checks.Append(Unloading) : Checks)
        {
            try
            {
                await check.Run(typeof(TPlugin), options).WaitAsync(TimeSpan.FromMinutes(1));
            }
            catch (TimeoutException)
            {
                findings.Add($"{check.Name}: it did not come to an end within a minute");
            }
            catch (Exception exception) when (exception is PluginTestException or PluginException or InvalidOperationException)
            {
                findings.Add($"{check.Name}: {exception.Message}");
            }
        }

        if (findings.Count > 0) throw new PluginTestException($"{typeof(TPlugin).FullName}: {string.Join(Environment.NewLine, findings)}");
    }
}
