using System.ComponentModel;
using System.Diagnostics;

using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Clients;

/// <summary>MQTT.js (npm package <c>mqtt</c>) with Node.js, through the script in <c>mqttjs/</c>. The build fetches it with <c>npm ci</c> where there is npm.</summary>
internal sealed class MqttJsClient : ForeignClient
{
    // The script runs where its packages are, beside the sources.
    private static readonly string Folder = Path.Combine(Build.Root, "tests", "Amqtt.Interop.Tests", "Clients", "mqttjs");

    // Asked once: every test case would start an interpreter for it.
    private static readonly Lazy<string?> Reason = new(FindReason);

    protected override string? Missing => Reason.Value;

    public override async Task<Subscription> SubscribeAsync(Target broker, MqttVersion version, string filter, int qos, int count)
    {
        var process = Start("subscribe", broker, version, filter, $"{qos}", $"{count}");
        await process.LineAsync(line => line == "SUBSCRIBED");
        return new ProcessSubscription(process, count);
    }

    public override async Task PublishAsync(Target broker, MqttVersion version, Outgoing messages)
    {
        await using var process = Start("publish", broker, version, messages.Topic, $"{messages.QoS}", messages.Retain ? "1" : "0");
        await process.FeedAsync(messages.Payloads);
        await process.SucceedAsync();
    }

    public override Task DieWithWillAsync(Target broker, MqttVersion version, Will will) => WillAsync(broker, version, will, "die");

    public override Task LeaveWithWillAsync(Target broker, MqttVersion version, Will will) => WillAsync(broker, version, will, "leave");

    /// <summary>Runs a command of the script.</summary>
    public static LineProcess Start(string command, Target broker, MqttVersion version, params string[] arguments) =>
        LineProcess.Start("node", [Path.Combine(Folder, "client.js"), command, Url(broker), $"{(int)version}", NewClientId(), broker.AuthorityFile ?? "-", .. arguments]);

    private static async Task WillAsync(Target broker, MqttVersion version, Will will, string end)
    {
        await using var process = Start("will", broker, version, will.Topic, $"{will.QoS}", will.Retain ? "1" : "0", will.Payload, end);
        await process.SucceedAsync();
    }

    private static string Url(Target broker) => (broker.IsWebSocket, broker.AuthorityFile) switch
    {
        (false, null) => $"mqtt://127.0.0.1:{broker.Port}",
        (false, _) => $"mqtts://127.0.0.1:{broker.Port}",
        (true, null) => $"ws://127.0.0.1:{broker.Port}/mqtt",
        (true, _) => $"wss://127.0.0.1:{broker.Port}/mqtt",
    };

    private static string? FindReason()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
        }
        catch (Win32Exception)
        {
            return "node is not installed (Debian package nodejs)";
        }

        return Directory.Exists(Path.Combine(Folder, "node_modules", "mqtt")) ? null : $"MQTT.js is not installed (npm ci in {Folder})";
    }
}
