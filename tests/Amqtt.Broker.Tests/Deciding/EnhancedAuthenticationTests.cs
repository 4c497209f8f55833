using System.Text;
using System.Threading.Channels;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Deciding;

/// <summary>PF-22: enhanced authentication in several rounds, again, with the wrong method, given up, and too slow.</summary>
public sealed class EnhancedAuthenticationTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    [Statement("MQTT-4.12.0-2", "MQTT-4.12.0-5")]
    public async Task Several_rounds_lead_to_a_CONNACK_with_the_last_data(Link link)
    {
        var plugin = new Countdown();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, plugin, new Authenticates(static _ => false));
        WireClient client = await BeginAsync(broker, "3");
        await RoundAsync(client, "3", "2");
        await RoundAsync(client, "2", "1");
        await RoundAsync(client, "1", "0");
        ConnAckPacket answer = await client.ReceiveAsync<ConnAckPacket>();
        Assert.Equal((ReasonCode.Success, Countdown.Name, "welcome"), (answer.Reason, answer.Properties.AuthenticationMethod, Text(answer.Properties.AuthenticationData)));
        Assert.Equal("counted down", broker.Broker.FindSession("c")?.Identity);
        await client.SubscribeAsync("a");
        await plugin.DisposedAsync();
    }

    [Fact]
    [Statement("MQTT-4.12.0-1")]
    public async Task A_method_that_nobody_offers_is_refused()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Countdown());
        (WireClient client, ConnAckPacket answer) = await broker.ConnectAsync(Connect("0") with { Method = "other" });
        Assert.Equal(ReasonCode.BadAuthenticationMethod, answer.Reason);
        await client.ExpectClosedAsync();
    }

    [Theory]
    [InlineData("wrong", ReasonCode.NotAuthorized, "that is no number")]
    [InlineData("throw", ReasonCode.ServerUnavailable, null)]
    [Statement("MQTT-4.12.0-4")]
    public async Task A_failure_in_a_later_round_refuses_the_client(string data, ReasonCode expected, string? text)
    {
        var plugin = new Countdown();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, plugin);
        WireClient client = await BeginAsync(broker, "2");
        await RoundAsync(client, "2", data);
        ConnAckPacket answer = await client.ReceiveAsync<ConnAckPacket>();
        Assert.Equal((expected, text), (answer.Reason, answer.Properties.ReasonString));
        await client.ExpectClosedAsync();
        Assert.Empty(broker.Broker.Sessions);
        await plugin.DisposedAsync();
    }

    [Fact]
    public async Task An_exchange_that_comes_when_nobody_waits_for_it_any_more_is_disposed()
    {
        var plugin = new SlowToBegin();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, plugin);
        WireClient client = await broker.OpenAsync(ProtocolVersion.V5);
        await client.SendAsync((ConnectPacket)new Connecting("0", SlowToBegin.Name));
        await plugin.Begun.Task;
        Task<ConnAckPacket> refused = client.ReceiveAsync<ConnAckPacket>();
        await broker.PassTimeUntilAsync(refused);
        Assert.Equal(ReasonCode.ServerUnavailable, (await refused).Reason);
        plugin.GoOn.Set();
        await plugin.Disposed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("another method")]
    [InlineData("another packet")]
    [InlineData("DISCONNECT")]
    [InlineData("gone")]
    public async Task A_client_that_does_not_go_on_is_cut_and_its_exchange_ends(string what)
    {
        var plugin = new Countdown();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, plugin);
        WireClient client = await BeginAsync(broker, "2");
        await client.ReceiveAsync<AuthPacket>();
        switch (what)
        {
            case "another method":
                await client.SendAsync(Auth("1", ReasonCode.ContinueAuthentication, "other"));
                Assert.True((await client.ReceiveAsync<ConnAckPacket>()).Reason.IsError());
                break;
            case "another packet":
                await client.SendAsync(PingReqPacket.Instance);
                Assert.True((await client.ReceiveAsync<ConnAckPacket>()).Reason.IsError());
                break;
            case "DISCONNECT":
                await client.SendAsync(new DisconnectPacket());
                break;
            default:
                await client.DisposeAsync();
                break;
        }

        if (what != "gone") await client.ExpectClosedAsync();
        await plugin.DisposedAsync();
        Assert.Empty(broker.Broker.Sessions);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_is_cut_when_the_time_for_its_CONNECT_is_up()
    {
        var plugin = new Countdown();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, plugin);
        WireClient client = await BeginAsync(broker, "2");
        await client.ReceiveAsync<AuthPacket>();
        broker.Time.Advance(TimeSpan.FromSeconds(11));
        await client.ExpectClosedAsync();
        await plugin.DisposedAsync();
    }

    [Fact]
    public async Task A_plugin_that_does_not_answer_is_a_fault()
    {
        var plugin = new Countdown();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, plugin);
        WireClient client = await BeginAsync(broker, "hang");
        await plugin.Hanging.Task;
        Task<ConnAckPacket> answer = client.ReceiveAsync<ConnAckPacket>();
        await broker.PassTimeUntilAsync(answer); // the time-out begins a moment after the hook does

        Assert.Equal(ReasonCode.ServerUnavailable, (await answer).Reason);
        await plugin.DisposedAsync();
    }

    [Fact]
    [Statement("prose:4.12.1a")]
    public async Task A_connected_client_authenticates_again_while_its_messages_go_on()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Countdown());
        WireClient client = await ConnectedAsync(broker);
        await client.SubscribeAsync("a");
        await client.SendAsync(Auth("1", ReasonCode.ReAuthenticate));
        Assert.Equal("1", Text((await client.ReceiveAsync<AuthPacket>()).Properties.AuthenticationData));
        await client.PublishAsync("a", "meanwhile");
        await client.ExpectPublishAsync("a", "meanwhile");
        await client.SendAsync(Auth("0", ReasonCode.ContinueAuthentication));
        AuthPacket done = await client.ReceiveAsync<AuthPacket>();
        Assert.Equal((ReasonCode.Success, "welcome back"), (done.Reason, Text(done.Properties.AuthenticationData)));
    }

    [Theory]
    [InlineData("wrong", Countdown.Name, ReasonCode.NotAuthorized)]
    [InlineData("0", "other", ReasonCode.ProtocolError)]
    [InlineData("throw", Countdown.Name, ReasonCode.ImplementationSpecificError)]
    [Statement("MQTT-4.12.1-2")]
    public async Task A_failed_re_authentication_ends_the_connection(string data, string method, ReasonCode expected)
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Countdown());
        WireClient client = await ConnectedAsync(broker);
        await client.SendAsync(Auth(data, ReasonCode.ReAuthenticate, method));
        Assert.Equal(expected, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.ExpectClosedAsync();
    }

    [Fact]
    [Statement("MQTT-4.12.0-6", "MQTT-4.12.0-7")]
    public async Task AUTH_from_a_client_without_a_method_is_a_protocol_error()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory);
        WireClient client = await broker.ConnectAsync("c", ProtocolVersion.V5);
        await client.SendAsync(Auth("0", ReasonCode.ReAuthenticate));
        Assert.Equal(ReasonCode.ProtocolError, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
    }

    [Theory]
    [InlineData("challenge")]
    [InlineData("last data")]
    [Statement("MQTT-3.1.2-24")]
    public async Task A_client_that_does_not_take_packets_of_the_answers_size_is_refused_with_0x95(string what)
    {
        var plugin = new Countdown();
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, plugin);
        WireClient client = await BeginAsync(broker, what == "challenge" ? Long : "0", maximumPacketSize: 30);
        Assert.Equal(ReasonCode.PacketTooLarge, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.ExpectClosedAsync();
        await plugin.DisposedAsync();
        Assert.Empty(broker.Broker.Sessions);
    }

    [Fact]
    [Statement("MQTT-3.1.2-24")]
    public async Task A_connected_client_that_does_not_take_the_next_challenge_is_disconnected_with_0x95()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Countdown());
        WireClient client = await BeginAsync(broker, "0", maximumPacketSize: 100);
        Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        await client.SendAsync(Auth(Long, ReasonCode.ReAuthenticate));
        Assert.Equal(ReasonCode.PacketTooLarge, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task Authenticating_again_renews_the_credential()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Countdown { Lifetime = TimeSpan.FromSeconds(30) });
        WireClient client = await ConnectedAsync(broker);
        broker.Time.Advance(TimeSpan.FromSeconds(20));
        await client.SendAsync(Auth("0", ReasonCode.ReAuthenticate));
        await client.ReceiveAsync<AuthPacket>();
        broker.Time.Advance(TimeSpan.FromSeconds(20));
        await client.ExpectNothingMoreAsync();
        broker.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(ReasonCode.NotAuthorized, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failures_make_the_next_login_wait(bool again)
    {
        var plugin = new Countdown();
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(Link.Memory, static options => options.Limits.FailedLogins = 2, plugin);
        for (int i = 0; i < 2; i++)
        {
            WireClient guessing = again ? await ConnectedAsync(broker) : await BeginAsync(broker, "wrong");
            if (again) await guessing.SendAsync(Auth("wrong", ReasonCode.ReAuthenticate));
            MqttPacket refusal = await guessing.ReceiveAsync();
            Assert.Equal(ReasonCode.NotAuthorized, refusal is DisconnectPacket disconnect ? disconnect.Reason : ((ConnAckPacket)refusal).Reason);
        }

        Assert.DoesNotContain(broker.Log.Lines, IsAboutFailedLogins);
        DateTimeOffset begun = broker.Time.GetUtcNow();
        WireClient client = await BeginAsync(broker, "0");
        Task<ConnAckPacket> answer = client.ReceiveAsync<ConnAckPacket>();
        await broker.PassTimeUntilAsync(answer);
        Assert.Equal(ReasonCode.Success, (await answer).Reason);
        Assert.Contains(broker.Log.Lines, IsAboutFailedLogins);
        Assert.InRange(broker.Time.GetUtcNow() - begun, TimeSpan.FromSeconds(1), TimeSpan.MaxValue);

        static bool IsAboutFailedLogins((string Category, Microsoft.Extensions.Logging.LogLevel Level, string Text) line) => line.Text.Contains("failed_logins", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_who_guess_do_not_lock_out_who_has_logged_in()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, static options => options.Limits.FailedLogins = 2, new Countdown());
        Assert.Equal(ReasonCode.NotAuthorized, await LogInAsync("wrong", "10.0.0.9"));
        Assert.Equal(ReasonCode.Success, await LogInAsync("0", "10.0.0.1"));
        Assert.Equal(ReasonCode.NotAuthorized, await LogInAsync("wrong", "10.0.0.9"));
        Assert.Equal(ReasonCode.Success, await LogInAsync("0", "10.0.0.1")); // the clock stands still: it did not wait

        async Task<ReasonCode> LogInAsync(string data, string from)
        {
            WireClient client = await broker.OpenAsync(ProtocolVersion.V5, from: System.Net.IPAddress.Parse(from));
            await client.SendAsync(Connect(data) with { UserName = "alice" });
            return (await client.ReceiveAsync<ConnAckPacket>()).Reason;
        }
    }

    [Fact]
    public async Task What_is_to_be_remembered_is_renewed_with_each_authentication()
    {
        await using TestBroker broker = await TestBroker.StartAsync(Link.Memory, configure: null, new Countdown());
        WireClient client = await ConnectedAsync(broker);
        SessionAttributes attributes = broker.Broker.FindSession("c")!.Attributes;
        Assert.True(attributes.TryGet(Countdown.Round, out string? round));
        Assert.Equal("first", round);
        await client.SendAsync(Auth("0", ReasonCode.ReAuthenticate));
        await client.ReceiveAsync<AuthPacket>();
        Assert.True(attributes.TryGet(Countdown.Round, out round));
        Assert.Equal("again", round);
    }

    /// <summary>The number 1, and longer than the client takes.</summary>
    private static string Long => "1".PadLeft(100, '0');

    private static async Task<WireClient> BeginAsync(TestBroker broker, string data, uint? maximumPacketSize = null)
    {
        WireClient client = await broker.OpenAsync(ProtocolVersion.V5);
        await client.SendAsync(Connect(data) with { MaximumPacketSize = maximumPacketSize });
        return client;
    }

    private static async Task<WireClient> ConnectedAsync(TestBroker broker)
    {
        WireClient client = await BeginAsync(broker, "0");
        Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        return client;
    }

    private static async Task RoundAsync(WireClient client, string expected, string answer)
    {
        AuthPacket challenge = await client.ReceiveAsync<AuthPacket>();
        Assert.Equal((ReasonCode.ContinueAuthentication, Countdown.Name, expected),
            (challenge.Reason, challenge.Properties.AuthenticationMethod, Text(challenge.Properties.AuthenticationData)));
        await client.SendAsync(Auth(answer, ReasonCode.ContinueAuthentication));
    }

    private static Connecting Connect(string data) => new(data, Countdown.Name);

    private static AuthPacket Auth(string data, ReasonCode reason, string method = Countdown.Name) => new()
    {
        Reason = reason,
        Properties = new MqttProperties { AuthenticationMethod = method, AuthenticationData = Encoding.UTF8.GetBytes(data) },
    };

    private static string? Text(ReadOnlyMemory<byte>? data) => data is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;

    private sealed record Connecting(string Data, string Method, string? UserName = null)
    {
        public uint? MaximumPacketSize { get; init; }

        public static implicit operator ConnectPacket(Connecting connecting) => new()
        {
            Version = ProtocolVersion.V5,
            ClientId = "c",
            CleanStart = true,
            UserName = connecting.UserName,
            Properties = new MqttProperties
            {
                AuthenticationMethod = connecting.Method,
                AuthenticationData = Encoding.UTF8.GetBytes(connecting.Data),
                MaximumPacketSize = connecting.MaximumPacketSize,
            },
        };
    }

    /// <summary>Sends back the number it gets until it is 0.</summary>
    private sealed class Countdown : BrokerPlugin, IEnhancedAuthPlugin
    {
        public const string Name = "COUNTDOWN";

        public static readonly SessionKey<string> Round = new("test.round");

        private readonly Channel<bool> _disposed = Channel.CreateUnbounded<bool>();

        public TimeSpan? Lifetime { get; init; }

        public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Method => Name;

        public IAuthExchange Begin(AuthenticateContext context) => new Exchange(this, context);

        public async Task DisposedAsync()
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(30));
            await _disposed.Reader.ReadAsync(patience.Token);
        }

        private sealed class Exchange(Countdown plugin, AuthenticateContext context) : IAuthExchange
        {
            public async ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
            {
                string text = Encoding.UTF8.GetString(data.Span);
                if (text == "throw") throw new InvalidOperationException("the exchange broke");
                if (text == "hang")
                {
                    plugin.Hanging.TrySetResult();
                    await Task.Delay(Timeout.Infinite, cancel);
                }

                if (!int.TryParse(text, out int left)) return AuthStep.Fail(text: "that is no number");
                if (left > 0) return AuthStep.Challenge(data.ToArray());
                context.Identity = "counted down";
                context.Attributes.Set(Round, context.IsReauthentication ? "again" : "first");
                if (plugin.Lifetime is { } lifetime) context.CredentialExpiry = plugin.Context.Time.GetUtcNow() + lifetime;
                return AuthStep.Success(context.IsReauthentication ? "welcome back"u8.ToArray() : "welcome"u8.ToArray());
            }

            public ValueTask DisposeAsync()
            {
                plugin._disposed.Writer.TryWrite(true);
                return ValueTask.CompletedTask;
            }
        }
    }

    /// <summary>Does not return before it is told to.</summary>
    private sealed class SlowToBegin : BrokerPlugin, IEnhancedAuthPlugin
    {
        public const string Name = "SLOW";

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim GoOn { get; } = new();

        public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Method => Name;

        public IAuthExchange Begin(AuthenticateContext context)
        {
            Begun.TrySetResult();
            GoOn.Wait(CancellationToken.None);
            return new Exchange(this);
        }

        private sealed class Exchange(SlowToBegin plugin) : IAuthExchange
        {
            public ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel) => new(AuthStep.Fail());

            public ValueTask DisposeAsync()
            {
                plugin.Disposed.TrySetResult();
                return ValueTask.CompletedTask;
            }
        }
    }
}
