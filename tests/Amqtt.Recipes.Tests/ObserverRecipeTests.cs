using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Amqtt.Plugins;
using Amqtt.Plugins.Testing;
using Amqtt.Protocol;
using Recipes;

namespace Amqtt.Recipes.Tests;

public sealed class ObserverRecipeTests
{
    [Fact]
    public async Task AuditLog_has_a_line_for_each_event()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using (var host = await PluginTestHost.StartAsync<AuditLog>($"file: {file}"))
            {
                var client = await host.ConnectAsync("c1");
                await client.SubscribeAsync("a/#");
                await client.DisconnectAsync();
                await host.TryConnectAsync(PluginTestHost.CreateConnect("", version: ProtocolVersion.V31));
            }

            var lines = (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Select(line => JsonNode.Parse(line)!).ToList();
            Assert.Equal(["connected c1", "subscribed c1", "disconnected c1", "refused "], lines.Select(line => $"{line["what"]} {line["client"]}"));
            Assert.All(lines, line => Assert.StartsWith("2026-01-01T00:00:00", (string)line["time"]!, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Webhook_posts_messages_below_its_topics_with_the_token_and_prints_it_nowhere()
    {
        using var listener = new HttpListener();
        var port = Listen(listener);
        await using var host = await PluginTestHost.StartAsync<Webhook>($"{{$topics: [orders/#], url: 'http://127.0.0.1:{port}/hook', token: s3cret}}");
        await using var client = await host.ConnectAsync("c1");

        await client.PublishAsync("other", "not this", QoS.AtLeastOnce);
        await client.PublishAsync("orders/7", "two pizzas", QoS.AtLeastOnce);

        var context = await listener.GetContextAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(context.Request.InputStream);
        Assert.Equal("two pizzas", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("orders%2F7", context.Request.Headers["X-Mqtt-Topic"]);
        Assert.Equal("Bearer s3cret", context.Request.Headers["Authorization"]);
        context.Response.StatusCode = 500;
        context.Response.Close();
        await host.Log.WaitAsync(line => line.Text.EndsWith("answered 500", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.Lines, line => line.ToString().Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Presence_is_retained()
    {
        await using var host = await PluginTestHost.StartAsync<Presence>();
        await using var watcher = await host.ConnectAsync("watcher");
        await watcher.SubscribeAsync("presence/c1");
        var client = await host.ConnectAsync("c1");
        Assert.Equal("online", Encoding.UTF8.GetString((await watcher.ReceiveAsync()).Payload.Span));

        await client.DisconnectAsync();
        Assert.Equal("offline", Encoding.UTF8.GetString((await watcher.ReceiveAsync()).Payload.Span));
        await using var late = await host.ConnectAsync("late");
        await late.SubscribeAsync("presence/c1");
        Assert.Equal("offline", Encoding.UTF8.GetString((await late.ReceiveAsync()).Payload.Span));
    }

    private static int Listen(HttpListener listener)
    {
        // HttpListener cannot choose a port itself.
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        return port;
    }
}
