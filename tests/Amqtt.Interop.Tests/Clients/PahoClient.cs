using System.Diagnostics;

using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Clients;

/// <summary>Eclipse Paho for Python (Debian package <c>python3-paho-mqtt</c>), through the scripts in <c>paho/</c>.</summary>
internal sealed class PahoClient : ForeignClient
{
    private const string Python = "/usr/bin/python3";

    // Asked once: every test case would start an interpreter for it.
    private static readonly Lazy<string?> Reason = new(FindReason);

    protected override string? Missing => Reason.Value;

    public override async Task<Subscription> SubscribeAsync(Target broker, MqttVersion version, string filter, int qos, int count)
    {
        var process = Start("subscribe.py", broker, version, filter, $"{qos}", $"{count}");
        await process.LineAsync(line => line == "SUBSCRIBED");
        return new ProcessSubscription(process, count);
    }

    public override async Task PublishAsync(Target broker, MqttVersion version, Outgoing messages)
    {
        await using var process = Start("publish.py", broker, version, messages.Topic, $"{messages.QoS}", messages.Retain ? "1" : "0");
        await process.FeedAsync(messages.Payloads);
        await process.SucceedAsync();
    }

    public override Task DieWithWillAsync(Target broker, MqttVersion version, Will will) => WillAsync(broker, version, will, "die");

    public override Task LeaveWithWillAsync(Target broker, MqttVersion version, Will will) => WillAsync(broker, version, will, "leave");

    private static async Task WillAsync(Target broker, MqttVersion version, Will will, string end)
    {
        await using var process = Start("will.py", broker, version, will.Topic, $"{will.QoS}", will.Retain ? "1" : "0", will.Payload, end);
        await process.SucceedAsync();
    }

    /// <summary>Runs a script.</summary>
    public static LineProcess Start(string script, Target broker, MqttVersion version, params string[] arguments) =>
        LineProcess.Start(Python, [Path.Combine(AppContext.BaseDirectory, "Clients", "paho", script), $"{broker.Port}", broker.AuthorityFile ?? "-", $"{(int)version}", NewClientId(), broker.IsWebSocket ? "websockets" : "tcp", .. arguments]);

    private static string? FindReason()
    {
        if (!File.Exists(Python))
            return "python3 is not installed";
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import paho.mqtt.client"]) { RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : "paho-mqtt for Python is not installed (Debian package python3-paho-mqtt)";
    }
}
