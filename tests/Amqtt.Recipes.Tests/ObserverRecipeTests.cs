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

    [Fact]
    public async Task Alarms_publishes_what_is_above_and_nothing_else()
    {
        await using var host = await PluginTestHost.StartAsync<Alarms>("{from: sensors/#, field: value, above: 30}");
        await using var client = await host.ConnectAsync("c1");
        await client.SubscribeAsync("alarms/#");
        foreach (var payload in new[] { "no JSON", "[31]", """{"value":30}""", """{"value":"31"}""", """{"value":31}""" }) await client.PublishAsync("sensors/1", payload, QoS.AtLeastOnce);

        await client.ExpectAsync("alarms/sensors/1", """{"value":31}""");
        await host.Log.WaitAsync(line => line.Text == "sensors/1 of c1 is above 30: Success");
    }

    [Fact]
    public async Task LastValue_is_served_and_so_is_what_is_retained()
    {
        var port = FreePort();
        var cancel = TestContext.Current.CancellationToken;
        await using var host = await PluginTestHost.StartAsync<LastValue>($"{{$topics: [a/#], bind: '127.0.0.1:{port}'}}");
        await using var client = await host.ConnectAsync("c1");
        await client.PublishAsync("a/b", "first", QoS.AtLeastOnce);
        await client.PublishAsync("a/b", "last", QoS.AtLeastOnce);
        await client.PublishAsync("other", "x", QoS.AtLeastOnce);
        await host.Broker.RetainAsync("kept", "retained", cancel: cancel);
        await host.Calls.WaitAsync(Hook.BrokerMessageBroadcast, _ => host.Calls.Of(Hook.BrokerMessageBroadcast).Count == 2);

        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/") };
        Assert.Equal("last", await http.GetStringAsync("a/b", cancel));
        Assert.Equal("retained", await http.GetStringAsync("kept", cancel));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("other", cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync("a/b", cancel)).StatusCode);
    }

    [Fact]
    public async Task LastValue_lets_another_instance_listen_while_it_still_does()
    {
        var options = $"bind: '127.0.0.1:{FreePort()}'";
        await using var first = await PluginTestHost.StartAsync<LastValue>(options);
        await using var second = await PluginTestHost.StartAsync<LastValue>(options);
    }

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static int Listen(HttpListener listener)
    {
        // HttpListener cannot choose a port itself.
        var port = FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        return port;
    }
}
