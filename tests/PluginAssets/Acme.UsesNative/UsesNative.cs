using System.Runtime.InteropServices;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Acme;

[PluginAlias("uses-native")]
public sealed class UsesNative(ILogger<UsesNative> logger) : BrokerPlugin
{
    public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
    {
        logger.LogInformation("process {Id}", GetProcessId());
        return default;
    }

    /// <summary>What libraries do when the process ends, or by a timer that they have left behind: they call what has never been called before.</summary>
    public static int CallLate() => (int)GetUserId();

    [DllImport("acme_native", EntryPoint = "SystemNative_GetPid")]
    private static extern int GetProcessId();

    [DllImport("acme_native", EntryPoint = "SystemNative_GetEUid")]
    private static extern uint GetUserId();
}
