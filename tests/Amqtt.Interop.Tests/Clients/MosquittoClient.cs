using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Clients;

/// <summary>mosquitto_pub and mosquitto_sub (Debian package <c>mosquitto-clients</c>).</summary>
internal sealed class MosquittoClient : ForeignClient
{
    private const string Publisher = "/usr/bin/mosquitto_pub";
    private const string Subscriber = "/usr/bin/mosquitto_sub";

    protected override string? Missing => File.Exists(Subscriber) ? null : "mosquitto_sub is not installed (Debian package mosquitto-clients)";

    public override async Task<Subscription> SubscribeAsync(Target broker, MqttVersion version, string filter, int qos, int count)
    {
        var process = StartSubscriber([.. Common(broker, version), "-t", filter, "-q", $"{qos}", "-C", $"{count}", "-F", ProcessSubscription.Mark + "%q %r %t %x"]);
        await process.LineAsync(IsSubscribed);
        return new ProcessSubscription(process, count);
    }

    /// <summary>Subscribes as MQTT 5 client with options of one's own, and prints one message in a format of one's own.</summary>
    public static async Task<LineProcess> SubscribeAsync(Target broker, string filter, string format, params string[] options)
    {
        var process = StartSubscriber([.. Common(broker, MqttVersion.V5), "-t", filter, "-q", "1", "-C", "1", "-F", format, .. options]);
        await process.LineAsync(IsSubscribed);
        return process;
    }

    /// <summary>Publishes as MQTT 5 client with options of one's own.</summary>
    public static async Task PublishAsync(Target broker, IEnumerable<string> options)
    {
        await using var process = LineProcess.Start(Publisher, [.. Common(broker, MqttVersion.V5), .. options]);
        await process.SucceedAsync();
    }

    public override async Task PublishAsync(Target broker, MqttVersion version, Outgoing messages)
    {
        string[] retain = messages.Retain ? ["-r"] : [];
        await using var process = LineProcess.Start(Publisher, [.. Common(broker, version), "-t", messages.Topic, "-q", $"{messages.QoS}", .. retain, "-l"]);
        await process.FeedAsync(messages.Payloads);
        await process.SucceedAsync();
    }

    public override async Task DieWithWillAsync(Target broker, MqttVersion version, Will will)
    {
        await using var process = StartSubscriber(WithWill(broker, version, will));
        await process.LineAsync(IsSubscribed);
        process.Kill();
    }

    public override async Task LeaveWithWillAsync(Target broker, MqttVersion version, Will will)
    {
        // -E: disconnect once subscribed. (Ended by a signal it would ask for its will, with reason 0x04.)
        await using var process = StartSubscriber([.. WithWill(broker, version, will), "-E"]);
        await process.SucceedAsync();
    }

    // Its debug lines tell when the broker has answered; stdbuf, because into a pipe it would print them at its end.
    private static LineProcess StartSubscriber(IEnumerable<string> arguments) => LineProcess.Start("/usr/bin/stdbuf", ["-oL", Subscriber, "-d", .. arguments]);

    private static bool IsSubscribed(string line) => line.StartsWith("Subscribed (mid:", StringComparison.Ordinal);

    private static List<string> WithWill(Target broker, MqttVersion version, Will will)
    {
        List<string> arguments = [.. Common(broker, version), "-t", will.Topic + "/unused", "--will-topic", will.Topic, "--will-payload", will.Payload, "--will-qos", $"{will.QoS}"];
        if (will.Retain)
            arguments.Add("--will-retain");
        return arguments;
    }

    private static List<string> Common(Target broker, MqttVersion version)
    {
        var name = version switch { MqttVersion.V31 => "mqttv31", MqttVersion.V311 => "mqttv311", _ => "mqttv5" };
        List<string> arguments = ["-h", "127.0.0.1", "-p", $"{broker.Port}", "-V", name, "-i", NewClientId()];
        if (broker.AuthorityFile is { } file)
            arguments.AddRange(["--cafile", file]);
        return arguments;
    }
}
