// A broker inside a program of one's own, with a plugin of one's own. It runs until Ctrl-C; with --once it talks to itself over a
// socket, says whether that went well, and ends.
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using EmbeddedBroker;

var options = new BrokerOptions();
options.Listeners["default"].Bind = ListenEndpoint.Parse("127.0.0.1:0");
options.Plugins.Add<Doorbell>(new Doorbell.Config { Closed = "attic" });
await using var broker = await MqttBroker.StartAsync(options);
Console.WriteLine($"listening on {broker.Endpoints["default"].First()}");

if (args is ["--once"])
    return await SelfCheck.RunAsync(broker.Endpoints["default"].First()) ? 0 : 1;

var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.TrySetResult();
};
await stop.Task;
return 0;
