// MQTT in a web application: a page at /, MQTT over WebSocket at /mqtt of the same server, plain MQTT on an endpoint of Kestrel's own, health at /health.
// It runs until Ctrl-C; with --once it takes free ports, talks to itself over both, asks for its health, and ends.
using System.Net;
using Amqtt.Broker.Configuration;
using Samples;

var once = args is ["--once"];
var builder = WebApplication.CreateBuilder();
builder.WebHost.ConfigureKestrel(server =>
{
    server.Listen(IPAddress.Loopback, once ? 0 : 5000);
    server.Listen(IPAddress.Loopback, once ? 0 : 1883, endpoint => endpoint.UseMqtt());
});
builder.Services.AddAmqttBroker(options => options.Listeners["default"].Type = ListenerType.External); // the sockets are Kestrel's
builder.Services.AddHealthChecks().AddAmqttBroker();

var app = builder.Build();
app.MapGet("/", () => "A page as any other. MQTT over WebSocket is at /mqtt.");
app.MapMqtt("/mqtt");
app.MapHealthChecks("/health");
await app.StartAsync();

if (once)
{
    var (web, mqtt) = (new Uri(app.Urls.First()), new Uri(app.Urls.Last()));
    using var http = new HttpClient();
    var works = await Exchange.RunAsync($"ws://{web.Authority}/mqtt")
        && await Exchange.RunAsync($"mqtt://{mqtt.Authority}")
        && await http.GetStringAsync(new Uri(web, "/health")) == "Healthy";
    await app.StopAsync();
    return works ? 0 : 1;
}

await app.WaitForShutdownAsync();
return 0;
