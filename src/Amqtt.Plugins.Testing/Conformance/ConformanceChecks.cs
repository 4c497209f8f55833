using System.Runtime.CompilerServices;
using System.Text;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Testing;

/// <summary>The checks of <see cref="PluginConformance"/>: each runs brokers of its own and throws what is wrong.</summary>
internal static class ConformanceChecks
{
    private const int Clients = 16;
    private const string Canary = "canary-2f1c9e";

    // What clients may call themselves and publish to: valid, and a trap for whoever parses or prints it.
    private static readonly string[] HostileNames =
    [
        "plain", "$SYS/fake", "a//b", "/", "%c/%u", "..", "../../etc/passwd", "{0} {1}", "' OR 1=1 --", "<b>", "\u202egnp", "\u2028", "\ud83d\ude00", new('x', 200),
    ];

    private static readonly byte[][] HostilePayloads = [[], [0], [0xff, 0xfe], "{"u8.ToArray(), "null"u8.ToArray(), "[1e999]"u8.ToArray(), new byte[4096]];

    public static async Task LifeAsync(Type plugin, string? options)
    {
        var host = await PluginTestHost.StartAsync(plugin, options);
        await using (var client = await TryOpenAsync(host, "c1", userName: null))
        {
        }

        await host.DisposeAsync();
        await host.DisposeAsync();
        RequireNoFaults(host);
    }

    public static async Task CrowdAsync(Type plugin, string? options)
    {
        await using var host = await PluginTestHost.StartAsync(plugin, options);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Run(() => BehaveOddlyAsync(host, number))));
        RequireNoFaults(host);
    }

    public static async Task CancellationAsync(Type plugin, string? options)
    {
        var host = await PluginTestHost.StartAsync(plugin, options);
        host.Faults.CancelsTokens = true;
        await BehaveOddlyAsync(host, 0);
        await host.DisposeAsync(); // which waits for the events that were not delivered yet
        Require(host.Calls.All.Where(call => call.Exception is not null and not OperationCanceledException).Select(call => call.ToString()));
    }

    public static async Task SecretsAsync(Type plugin, string? options)
    {
        await using var host = await PluginTestHost.StartAsync(plugin, options);
        await host.TryConnectAsync(PluginTestHost.CreateConnect("c1", "somebody", Canary));
        Require(host.Log.Lines.Where(line => line.ToString().Contains(Canary, StringComparison.Ordinal)).Select(line => $"the log has the password: {line}"));
    }

    public static async Task TwiceAsync(Type plugin, string? options)
    {
        await using var first = await PluginTestHost.StartAsync(plugin, options);
        await using (var second = await PluginTestHost.StartAsync(plugin, options))
        {
            await BehaveOddlyAsync(second, 0);
        }

        await BehaveOddlyAsync(first, 0);
        RequireNoFaults(first);
    }

    public static async Task UnloadingAsync(Type plugin, string? options)
    {
        var context = await LoadRunAndForgetAsync(plugin, options);
        for (var i = 0; context.IsAlive && i < 10; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(50);
        }

        if (context.IsAlive) throw new PluginTestException("its assembly stays loaded: a thread, a timer, or an event handler or value of a static member of another assembly still holds it; JsonSerializer does, unless it is given a JsonSerializerContext of the plugin's own");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> LoadRunAndForgetAsync(Type plugin, string? options)
    {
        var context = new PluginLoadContext(plugin.Assembly.Location, isCollectible: true);
        var copy = context.LoadFromAssemblyPath(plugin.Assembly.Location).GetType(plugin.FullName!, throwOnError: true)!;
        await LifeAsync(copy, options);
        context.Unload();
        return new WeakReference(context);
    }

    /// <summary>A client with odd names that publishes odd messages; whatever the plugin refuses is fine.</summary>
    private static async Task BehaveOddlyAsync(PluginTestHost host, int number)
    {
        var version = number % 2 == 0 ? ProtocolVersion.V5 : ProtocolVersion.V311;
        await using var client = await TryOpenAsync(host, $"{HostileNames[number % HostileNames.Length]}-{number}", number % 3 == 0 ? null : HostileNames[number % HostileNames.Length], version);
        if (client is null) return;
        try
        {
            await client.SubscribeAsync("#");
            for (var i = 0; i < HostileNames.Length; i++)
                await client.PublishAsync(HostileNames[i], HostilePayloads[i % HostilePayloads.Length], (QoS)(i % 3), retain: i % 5 == 0);
            await client.UnsubscribeAsync("#");
        }
        catch (PluginTestException) when (client.HasEnded)
        {
            // The plugin may disconnect whom it likes.
        }
    }

    private static async Task<PluginTestClient?> TryOpenAsync(PluginTestHost host, string clientId, string? userName, ProtocolVersion version = ProtocolVersion.V5)
    {
        var (client, answer) = await host.TryConnectAsync(new ConnectPacket
        {
            Version = version,
            ClientId = clientId,
            CleanStart = true,
            UserName = userName,
            Password = userName is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes("secret"),
        });
        return answer.Reason == ReasonCode.Success ? client : null;
    }

    private static void RequireNoFaults(PluginTestHost host) => Require(
        [.. host.Calls.All.Where(call => call.Exception is not null).Select(call => call.ToString()), .. host.Log.Lines.Where(line => line.Level >= LogLevel.Error).Select(line => line.ToString())]);

    private static void Require(IEnumerable<string> findings)
    {
        if (findings.Distinct(StringComparer.Ordinal).Take(10).ToArray() is { Length: > 0 } some) throw new PluginTestException(string.Join("; ", some));
    }
}
