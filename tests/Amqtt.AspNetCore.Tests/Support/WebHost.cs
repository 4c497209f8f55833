using System.Net;
using System.Net.WebSockets;
using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Amqtt.AspNetCore.Tests.Support;

/// <summary>A web application with MQTT at /mqtt, and on the endpoints of Kestrel that a test adds.</summary>
internal sealed class WebHost : IAsyncDisposable
{
    private WebHost(WebApplication application) => Application = application;

    public WebApplication Application { get; }

    /// <summary>Where Kestrel listens, in the order in which the endpoints were added; the first is HTTP.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints =>
        [.. Application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(static address => IPEndPoint.Parse(new Uri(address).Authority))];

    public static async Task<WebHost> StartAsync(Action<BrokerOptions>? configure = null, Action<KestrelServerOptions>? kestrel = null, Action<WebApplication>? map = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            kestrel?.Invoke(options);
        });
        builder.Services.AddAmqttBroker(options =>
        {
            options.Listeners["default"].Type = ListenerType.External;
            options.Plugins = new PluginCollection().Add("anonymous");
            configure?.Invoke(options);
        });
        builder.Services.AddHealthChecks().AddAmqttBroker();
        WebApplication application = builder.Build();
        application.MapMqtt();
        application.MapHealthChecks("/health");
        application.MapGet("/", static () => "a page");
        map?.Invoke(application);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new WebHost(application);
    }

    public async Task<WireClient> OpenWebSocketAsync(string path = "/mqtt", string? origin = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new Uri($"ws://{EndPoints[0]}{path}"), TestContext.Current.CancellationToken);
        return new WireClient(new MqttWebSocketStream(socket));
    }

    public Task<RawWebSocket> OpenRawAsync() => RawWebSocket.ConnectAsync(EndPoints[0]);

    public async ValueTask DisposeAsync()
    {
        await Application.StopAsync();
        await Application.DisposeAsync();
    }
}
