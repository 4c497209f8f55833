using System.Collections.Concurrent;
using System.Reflection;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Operations;

/// <summary>PF-24: every row of what a plugin can do is called inside every hook, and awaited there.</summary>
public sealed class HookMatrixTests
{
    /// <summary>Every member of the broker that a plugin can call, by name.</summary>
    private static readonly Dictionary<string, Func<BrokerContext, Task>> Rows = new(StringComparer.Ordinal)
    {
        [nameof(IBroker.Statistics)] = static broker => Done(broker.Statistics),
        [nameof(IBroker.Sessions)] = static broker => Done(broker.Sessions.Count()),
        [nameof(IBroker.FindSession)] = static broker => Done(broker.FindSession("c")),
        [nameof(IBroker.FindRetained)] = static broker => Done(broker.FindRetained("kept")),
        [nameof(IBroker.RetainedMessages)] = static broker => Done(broker.RetainedMessages().Count()),
        [nameof(IBroker.Subscriptions)] = static broker => Done(broker.Subscriptions().Count()),
        [nameof(IBroker.PublishAsync)] = static async broker =>
        {
            await broker.PublishAsync("from/plugin", "1", QoS.AtLeastOnce);
            await broker.PublishAsync(new BrokerMessage { Topic = "from/plugin" }, new PublishOptions { ToClient = "bystander", BypassFilters = true });
            await broker.PublishAsync(new BrokerMessage { Topic = "from/plugin" }, new PublishOptions { AsClient = "bystander", BypassFilters = true });
        },
        [nameof(IBroker.RetainAsync)] = static async broker => await broker.RetainAsync(new BrokerMessage { Topic = "kept", Payload = new byte[1] }),
        [nameof(IBroker.Listen)] = static broker =>
        {
            broker.Listen("x/#", static (_, _) => default).Dispose();
            return Task.CompletedTask;
        },
        [nameof(IBroker.CreateSessionAsync)] = static async broker =>
        {
            // Before there was a broker, or after it, there is none to be had.
            try
            {
                await broker.CreateSessionAsync("offline");
            }
            catch (InvalidOperationException) when (broker.Statistics.ClientsConnected == 0)
            {
            }
        },
        [nameof(IBroker.InspectSessionAsync)] = static async broker => await broker.InspectSessionAsync("c"),
        [nameof(IBroker.SubscribeAsync)] = static async broker => await broker.SubscribeAsync("offline", "o/#", new SubscriptionOptions { QoS = QoS.AtLeastOnce }),
        [nameof(IBroker.UnsubscribeAsync)] = static async broker => await broker.UnsubscribeAsync("offline", "o/#"),
        [nameof(IBroker.DisconnectAsync)] = static async broker => await broker.DisconnectAsync("victim"),
        [nameof(IBroker.InvalidateAuthorizationAsync)] = static async broker => await broker.InvalidateAuthorizationAsync(),
        [nameof(IBroker.DeleteSessionAsync)] = static async broker => await broker.DeleteSessionAsync("victim"),
    };

    [Fact]
    public void The_matrix_has_every_row()
    {
        IEnumerable<string> members = typeof(IBroker).GetMembers().Where(static member => member is not MethodInfo { IsSpecialName: true }).Select(static member => member.Name);
        Assert.Equal(members.Distinct().Order(StringComparer.Ordinal), Rows.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task PF_24_every_operation_completes_inside_every_hook()
    {
        var plugin = new CallsEverything();
        var another = new CallsEverything();
        BrokerOptions? options = null;
        TestBroker broker = await TestBroker.StartAsync(Link.Tcp, given => options = given, plugin);
        options = new BrokerOptions { EventLoops = 2, Listeners = options!.Listeners, Plugins = new PluginCollection().Add(plugin).Add(another) };
        await using (broker)
        {
            await broker.ConnectAsync("bystander");
            await broker.ConnectAsync("victim", cleanStart: false);
            (WireClient refused, _) = await broker.ConnectAsync(new ConnectPacket { ClientId = "r", UserName = "refused", Password = new byte[1], Version = ProtocolVersion.V311, CleanStart = true });
            await refused.ExpectClosedAsync();
            WireClient client = await broker.ConnectAsync("c", cleanStart: false);
            await client.SubscribeAsync("t", QoS.AtLeastOnce);
            await client.PublishAsync("t", "1", QoS.AtLeastOnce, retain: true);
            await client.ReceivePublishAsync();
            await client.UnsubscribeAsync("t");
            await client.DisconnectAsync();
            WireClient willing = await broker.ConnectAsync("w", will: new WillMessage { Topic = "will" });
            await willing.DisposeAsync();
            await plugin.Sees(Hook.Will);
            WireClient enhanced = await broker.OpenAsync(ProtocolVersion.V5);
            await enhanced.SendAsync(new ConnectPacket
            {
                Version = ProtocolVersion.V5,
                ClientId = "e",
                CleanStart = true,
                Properties = new MqttProperties { AuthenticationMethod = "matrix" },
            });
            await enhanced.ReceiveAsync<ConnAckPacket>();
            await broker.Broker.ReloadAsync(options!, TestContext.Current.CancellationToken); // which attaches a plugin of the same class
            await another.IsAttached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            await broker.Broker.StopAsync(TestContext.Current.CancellationToken);
        }

        string[] hooks = [.. Enum.GetNames<Hook>().Where(static hook => !hook.StartsWith("Client", StringComparison.Ordinal))];
        Assert.All(hooks, static hook => Assert.True(CallsEverything.Has(hook), hook));
        foreach (string cell in another.Completed.Keys.Where(static cell => cell.StartsWith("Attached", StringComparison.Ordinal))) plugin.Completed[cell] = true;
        string[] missing = [.. hooks.SelectMany(hook => Rows.Keys.Select(row => $"{hook}: {row}")).Where(cell => !plugin.Completed.ContainsKey(cell))];
        Assert.Equal([], missing);
        Assert.Equal([], plugin.Faults);
    }

    private static Task Done(object? value)
    {
        GC.KeepAlive(value);
        return Task.CompletedTask;
    }

    /// <summary>Calls every row in every hook, once each, and waits for it there.</summary>
    private sealed class CallsEverything : BrokerPlugin, IAuthPlugin, ITopicPlugin, IConnectionFilter, IEnhancedAuthPlugin, IAuthExchange
    {
        private readonly TaskCompletionSource _will = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentDictionary<string, bool> Completed { get; } = new(StringComparer.Ordinal);

        public ConcurrentQueue<string> Faults { get; } = [];

        public static bool Has(string hook) => hook is nameof(Hook.Authenticate) or nameof(Hook.FilterTopic) or nameof(Hook.FilterConnection) or nameof(Hook.EnhancedAuthenticate)
            || typeof(CallsEverything).GetMethod($"On{hook}Async") is { } method && method.DeclaringType == typeof(CallsEverything);

        public async ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
        {
            bool isRefused = context.UserName == "refused";
            await AllAsync(Hook.Authenticate);
            return !isRefused;
        }

        public TaskCompletionSource IsAttached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Method => "matrix";

        public async Task Sees(Hook hook)
        {
            Assert.Equal(Hook.Will, hook);
            await _will.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }

        public async ValueTask<Decision> FilterConnectionAsync(ConnectionContext context)
        {
            await AllAsync(Hook.FilterConnection);
            return default;
        }

        public IAuthExchange Begin(AuthenticateContext context) => this;

        public async ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
        {
            await AllAsync(Hook.EnhancedAuthenticate);
            return AuthStep.Success();
        }

        public override ValueTask OnConnectAsync(ConnectContext context) => AllAsync(Hook.Connect);

        public override ValueTask OnSubscribeAsync(SubscribeContext context) => AllAsync(Hook.Subscribe);

        public override ValueTask OnUnsubscribeAsync(UnsubscribeContext context) => AllAsync(Hook.Unsubscribe);

        public override ValueTask OnPublishAsync(PublishContext context) => AllAsync(Hook.Publish);

        public override ValueTask OnDeliverAsync(DeliverContext context) => AllAsync(Hook.Deliver);

        public override async ValueTask OnAttachedAsync(AttachedEvent e, CancellationToken cancel)
        {
            await AllAsync(Hook.Attached);
            IsAttached.TrySetResult();
        }

        public override async ValueTask OnWillAsync(WillContext context)
        {
            await AllAsync(Hook.Will);
            _will.TrySetResult();
        }

        public override ValueTask OnAcknowledgeAsync(AcknowledgeContext context) => AllAsync(Hook.Acknowledge);

        public override ValueTask OnDisconnectAsync(DisconnectContext context) => AllAsync(Hook.Disconnect);

        public async ValueTask<Decision> FilterTopicAsync(TopicContext context)
        {
            await AllAsync(Hook.FilterTopic);
            return true;
        }

        public override ValueTask OnMqttPacketReceivedAsync(PacketReceivedEvent e, CancellationToken cancel) => AllAsync(Hook.MqttPacketReceived);

        public override ValueTask OnMqttPacketSentAsync(PacketSentEvent e, CancellationToken cancel) => AllAsync(Hook.MqttPacketSent);

        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => AllAsync(Hook.BrokerPreStart);

        public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel) => AllAsync(Hook.BrokerPostStart);

        public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => AllAsync(Hook.BrokerPreShutdown);

        public override ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => AllAsync(Hook.BrokerPostShutdown);

        public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerClientConnected);

        public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerClientDisconnected);

        public override ValueTask OnBrokerAuthenticationFailedAsync(AuthenticationFailedEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerAuthenticationFailed);

        public override ValueTask OnBrokerSessionChangedAsync(SessionChangedEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerSessionChanged);

        public override ValueTask OnBrokerClientSubscribedAsync(ClientSubscribedEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerClientSubscribed);

        public override ValueTask OnBrokerClientUnsubscribedAsync(ClientUnsubscribedEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerClientUnsubscribed);

        public override ValueTask OnBrokerRetainedMessageAsync(RetainedMessageEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerRetainedMessage);

        public override ValueTask OnBrokerMessageReceivedAsync(MessageReceivedEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerMessageReceived);

        public override ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerMessageBroadcast);

        public override ValueTask OnBrokerMessageStageAsync(MessageStageEvent e, CancellationToken cancel) => AllAsync(Hook.BrokerMessageStage);

        private async ValueTask AllAsync(Hook hook)
        {
            foreach ((string row, Func<BrokerContext, Task> call) in Rows)
            {
                string cell = $"{hook}: {row}";
                if (!Completed.TryAdd($"begun {cell}", true)) continue;
                try
                {
                    await call(Context);
                    Completed[cell] = true;
                }
                catch (Exception fault)
                {
                    Faults.Enqueue($"{cell}: {fault.Message}");
                }
            }
        }
    }
}
