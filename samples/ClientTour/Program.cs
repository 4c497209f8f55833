// The client in four steps: docs/client.md prints the files beside this one. Give it a broker's URI, or none, and it brings a broker of its own.
using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Amqtt.Client;
using ClientTour;

using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
var options = new BrokerOptions();
options.Listeners["default"].Bind = ListenEndpoint.Parse("127.0.0.1:0");
await using var broker = await MqttBroker.StartAsync(options);
var uri = args is [var given] && given != "--once" ? given : $"mqtt://{broker.Endpoints["default"].First()}";

await Connecting.RunAsync(uri);
await using var client = new MqttClient(uri);
await client.ConnectAsync(cancellationToken: patience.Token);
await Publishing.RunAsync(client);
await Subscribing.RunAsync(client, patience.Token);
await using var service = new MqttClient(uri);
await service.ConnectAsync(cancellationToken: patience.Token);
await Requesting.RunAsync(service, client);
