// A broker in a generic host: configured by appsettings.json, logging where the host logs, with a plugin that uses a service of the host.
// It runs until Ctrl-C; with --once it talks to itself, looks into the guest book, and ends.
using Amqtt.Broker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Samples;
using Worker;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddSingleton<GuestBook>();
builder.Services.AddAmqttBroker(builder.Configuration.GetSection("Amqtt")).ShareService<GuestBook>();

using var host = builder.Build();
await host.StartAsync();
var broker = host.Services.GetRequiredService<MqttBroker>();

if (args is ["--once"])
{
    var works = await Exchange.RunAsync($"mqtt://{broker.Endpoints["default"].First()}") && await Exchange.RunAsync($"ws://{broker.Endpoints["web"].First()}");
    await host.StopAsync();
    var guests = host.Services.GetRequiredService<GuestBook>().Guests;
    Console.WriteLine($"guests: {guests.Count}");
    return works && guests.Count == 2 ? 0 : 1;
}

await host.WaitForShutdownAsync();
return 0;
