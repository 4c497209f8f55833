using System.Net;
using System.Text;
using Amqtt.Broker.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Testing.Tests;

/// <summary>PF-26, and that each tool of the host shows what it says.</summary>
public sealed class PluginTestHostTests
{
    [Fact]
    public async Task The_plugin_decides_with_its_options()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>("prefix: secret/");
        await using var client = await host.ConnectAsync("c1");

        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("secret/plan", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("quarantine/plan", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NotAuthorized, await client.SubscribeAsync("secret/#"));
    }

    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task Messages_go_from_client_to_client_with_every_qos(ProtocolVersion version)
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await using var sender = await host.ConnectAsync("sender", version: version);
        await using var receiver = await host.ConnectAsync("receiver", version: version);
        await receiver.SubscribeAsync("a/#");

        foreach (var qos in Enum.GetValues<QoS>())
        {
            await sender.PublishAsync("a/b", $"with {qos}", qos);
            var message = await receiver.ReceiveAsync();
            Assert.Equal(("a/b", $"with {qos}", qos), (message.Topic, Encoding.UTF8.GetString(message.Payload.Span), message.QoS));
        }

        await receiver.UnsubscribeAsync("a/#");
        await sender.PublishAsync("a/b", "nobody hears this", QoS.ExactlyOnce);
        await receiver.ExpectNothingAsync();
    }

    [Fact]
    public async Task Calls_and_log_lines_are_recorded()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await using var client = await host.ConnectAsync("c1");
        await client.PublishAsync("quarantine/x", "x", QoS.AtLeastOnce);

        var call = await host.Calls.WaitAsync(Hook.FilterTopic);
        Assert.Equal("FilterTopic Publish 'quarantine/x' of client 'c1' -> deny ", call.ToString());
        Assert.True(call.Decision!.Value.IsDeny);
        Assert.Equal("c1", Assert.IsType<ClientConnectedEvent>((await host.Calls.WaitAsync(Hook.BrokerClientConnected)).Event).ClientId);
        await host.Log.WaitAsync(line => line is { Level: LogLevel.Information, Text: "hello c1" });
        Assert.Equal(["hello c1"], host.Log.Of<Quarantine>());
    }

    [Fact]
    public async Task A_hook_that_throws_on_demand_refuses_and_heals()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await using var client = await host.ConnectAsync("c1");

        host.Faults.Throw(Hook.FilterTopic);
        Assert.Equal(ReasonCode.ImplementationSpecificError, await client.PublishAsync("a", "x", QoS.AtLeastOnce));
        host.Faults.Heal(Hook.FilterTopic);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("a", "x", QoS.AtLeastOnce));
    }

    [Fact]
    public async Task A_hook_that_hangs_on_demand_times_out_in_fake_time()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await using var client = await host.ConnectAsync("c1");
        host.Faults.Hang(Hook.FilterTopic);

        var answer = client.PublishAsync("a", "x", QoS.AtLeastOnce);
        await host.AdvanceUntilAsync(answer);

        Assert.Equal(ReasonCode.ImplementationSpecificError, await answer);
    }

    [Fact]
    public async Task A_refused_client_says_why()
    {
        await using var host = await PluginTestHost.StartAsync("plugins: [{anonymous: {allow_anonymous: false}}]\nlisteners: {default: , inside: {bind: null, limits: {max_client_id_length: 4}}}");

        var refused = await Assert.ThrowsAsync<PluginTestException>(() => host.ConnectAsync("c1"));
        Assert.Contains("NotAuthorized", refused.Message, StringComparison.Ordinal);
        var (_, answer) = await host.TryConnectAsync("longer", "user", listener: "inside");
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, answer.Reason);
    }

    [Fact]
    public async Task A_client_that_a_fault_has_refused_says_what_the_fault_was()
    {
        await using var host = await PluginTestHost.StartAsync<AllowNobody>();
        host.Faults.Throw(Hook.Authenticate);
        var refused = await Assert.ThrowsAsync<PluginTestException>(() => host.ConnectAsync("c1"));
        Assert.Contains("ServerUnavailable", refused.Message, StringComparison.Ordinal);
        Assert.Contains("; the log has: Error amqtt.broker.plugins: Plugin AllowNobody: Authenticate failed. (", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_number_of_logins_is_refused_at_once()
    {
        await using var host = await PluginTestHost.StartAsync<AllowNobody>();
        for (var i = 0; i < 30; i++)
        {
            var (_, answer) = await host.TryConnectAsync("c1", "user");
            Assert.Equal(ReasonCode.Banned, answer.Reason);
        }
    }

    [Fact]
    public async Task A_refused_message_or_filter_says_why()
    {
        await using var host = await PluginTestHost.StartAsync<Refuser>();
        await using var client = await host.ConnectAsync("c1");
        foreach (var qos in new[] { QoS.AtLeastOnce, QoS.ExactlyOnce })
        {
            var answer = await client.TryPublishAsync("no", "x", qos);
            Assert.Equal((ReasonCode.QuotaExceeded, "too much"), (answer.Reason, answer.Properties.ReasonString));
            Assert.Equal(ReasonCode.NoMatchingSubscribers, (await client.TryPublishAsync("yes", "x", qos)).Reason);
        }

        var left = await client.UnsubscribeAsync("a", "b");
        Assert.Equal([ReasonCode.NotAuthorized, ReasonCode.NotAuthorized], left.Reasons);
        Assert.Equal("stay", left.Properties.ReasonString);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.TryPublishAsync("yes", "x", QoS.AtMostOnce));
    }

    [Fact]
    public async Task Clients_stay_while_the_clock_leaps()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await using var client = await host.ConnectAsync("c1");
        host.Time.Advance(TimeSpan.FromDays(3));
        await client.ExpectNothingAsync();
    }

    [Fact]
    public async Task Wrong_options_are_an_error_as_in_a_configuration_file()
    {
        var wrong = await Assert.ThrowsAnyAsync<Exception>(() => PluginTestHost.StartAsync<Quarantine>("prefx: x"));
        Assert.Contains("did you mean 'prefix'?", wrong.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ConfigurationException>(() => PluginTestHost.StartAsync<Quarantine>("prefix: ["));
    }

    [Fact]
    public async Task No_socket_is_opened()
    {
        await using var host = await PluginTestHost.StartAsync(BrokerConfiguration.FromYaml("listeners: {default: {bind: '127.0.0.1:0'}, other: {bind: '127.0.0.1:1'}}\nplugins: [anonymous]"));

        Assert.Empty(host.Broker.Endpoints);
        await using var client = await host.ConnectAsync("c1", listener: "other");
    }

    [Fact]
    public async Task A_file_name_says_where_paths_start_and_a_client_where_it_comes_from()
    {
        await using var host = await PluginTestHost.StartAsync("listeners: {default: {type: ws, bind: '127.0.0.1:0'}}\nplugins: [anonymous]", "/nowhere/broker.yaml");
        await using var client = await host.ConnectAsync("c1", address: IPAddress.Parse("10.1.2.3"));

        Assert.Equal(IPAddress.Parse("10.1.2.3"), host.Broker.FindSession("c1")!.RemoteAddress);
        var missing = await Assert.ThrowsAsync<ConfigurationException>(() => PluginTestHost.StartAsync("listeners: {default: {certfile: server.crt}}", "/nowhere/broker.yaml"));
        Assert.Contains("/nowhere/server.crt", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_expected_and_what_came_is_said()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await using var client = await host.ConnectAsync("c1");
        var answer = await client.SubscribeAsync(new SubscriptionRequest("a", new() { QoS = QoS.AtLeastOnce }), new("secret/#", new()));
        Assert.Equal([ReasonCode.GrantedQoS1, ReasonCode.Success], answer.Reasons);

        await client.PublishAsync("a", "1");
        await client.PublishAsync("a", "2");
        Assert.Equal("1", Encoding.UTF8.GetString((await client.ExpectAsync("a", "1")).Payload.Span));
        var other = await Assert.ThrowsAsync<PluginTestException>(() => client.ExpectAsync("a", "3"));
        Assert.StartsWith("Expected a message to 'a' with '3' for client 'c1', but this came: ", other.Message, StringComparison.Ordinal);
        Assert.EndsWith("with '2'", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_can_be_counted()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await host.ConnectAsync("c1");
        await host.ConnectAsync("c2");
        Assert.Equal("hello c2", (await host.Log.WaitAsync(line => line.Text.StartsWith("hello", StringComparison.Ordinal), times: 2)).Text);
        Assert.Contains("hello c1", host.Log.At(LogLevel.Information));
    }

    [Fact]
    public async Task An_abrupt_end_sends_the_will()
    {
        await using var host = await PluginTestHost.StartAsync<Quarantine>();
        await using var watcher = await host.ConnectAsync("watcher");
        await watcher.SubscribeAsync("gone");
        var (client, _) = await host.TryConnectAsync(new ConnectPacket
        {
            Version = ProtocolVersion.V5,
            ClientId = "c1",
            CleanStart = true,
            Will = new WillMessage { Topic = "gone", Payload = "c1"u8.ToArray() },
        });

        await client.DisposeAsync();

        Assert.Equal("c1", Encoding.UTF8.GetString((await watcher.ReceiveAsync()).Payload.Span));
    }

    [Fact]
    public async Task A_test_answers_the_requests_of_a_plugin()
    {
        using var service = new Service();
        await using var host = await PluginTestHost.StartAsync<AsksService>(shareServices: services => services.AddSingleton<IHttpClientFactory>(service));
        await using var client = await host.ConnectAsync("c1");

        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("b", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("a", "x", QoS.AtLeastOnce));
        Assert.Empty(host.Log.At(LogLevel.Error));
    }

    [Fact]
    public void Every_hook_of_the_contract_is_passed_on()
    {
        var recorded = typeof(PluginTestHost).Assembly.GetType("Amqtt.Plugins.Testing.RecordedPlugin", throwOnError: true)!;
        var hooks = typeof(BrokerPlugin).GetMethods().Where(method => method.IsVirtual && method.Name.StartsWith("On", StringComparison.Ordinal));

        Assert.All(hooks, hook => Assert.Equal(recorded, recorded.GetMethod(hook.Name, [.. hook.GetParameters().Select(parameter => parameter.ParameterType)])!.DeclaringType));
        var roles = typeof(BrokerPlugin).Assembly.GetExportedTypes().Where(type => type.IsInterface && type.Name.EndsWith("Plugin", StringComparison.Ordinal));
        Assert.All(roles, role => Assert.True(role.IsAssignableFrom(recorded), role.Name));
    }

    private sealed class Service : HttpMessageHandler, IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StringContent(request.RequestUri!.AbsolutePath == "/a" ? "yes" : "no") });
    }

    public sealed class AllowNobody : BaseAuthPlugin
    {
        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => Decision.Deny(ReasonCode.Banned);
    }

    public sealed class Refuser : BrokerPlugin
    {
        public override ValueTask OnPublishAsync(PublishContext context)
        {
            if (context.Topic == "no") context.Refuse(ReasonCode.QuotaExceeded, "too much");
            return default;
        }

        public override ValueTask OnUnsubscribeAsync(UnsubscribeContext context)
        {
            context.Refuse(ReasonCode.NotAuthorized, "stay");
            return default;
        }
    }
}
