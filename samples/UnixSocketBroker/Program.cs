// A broker for this machine alone, on a Unix socket: who may open the file may connect. It runs until Ctrl-C; with --once it talks to itself, and ends.
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Samples;

var path = Path.Combine(Path.GetTempPath(), $"amqtt-sample-{Environment.ProcessId}.sock");
var options = new BrokerOptions();
options.Listeners["default"].Type = ListenerType.Unix;
options.Listeners["default"].Bind = ListenEndpoint.Parse(path);
await using var broker = await MqttBroker.StartAsync(options);
Console.WriteLine($"listening on {path}");

if (args is ["--once"])
    return await Exchange.RunAsync($"unix://{path}") ? 0 : 1;

var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.TrySetResult();
};
await stop.Task;
return 0;
