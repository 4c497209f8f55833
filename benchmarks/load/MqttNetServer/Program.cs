// MQTTnet's server on 127.0.0.1:PORT with its own TCP adapter and without limits, as a peer in a measurement.
using System.Globalization;
using System.Net;

using MQTTnet.Server;

var port = int.Parse(args[0], CultureInfo.InvariantCulture);
var factory = new MqttServerFactory();
var options = factory.CreateServerOptionsBuilder()
    .WithDefaultEndpoint()
    .WithDefaultEndpointPort(port)
    .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
    .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
    .WithMaxPendingMessagesPerClient(int.MaxValue)
    .Build();
options.DefaultEndpointOptions.NoDelay = true;

using var server = factory.CreateMqttServer(options);
await server.StartAsync();

var ended = new TaskCompletionSource();
using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    ended.TrySetResult();
});
await ended.Task;
await server.StopAsync();
