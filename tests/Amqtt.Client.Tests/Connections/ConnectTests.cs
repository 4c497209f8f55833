using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Client.Tests.Connections;

/// <summary>Connecting: P-D1, P-D2, P-D6, P-D13.</summary>
public sealed class ConnectTests
{
    [Theory]
    [InlineData(ProtocolVersion.V31)]
    [InlineData(ProtocolVersion.V311)]
    [InlineData(ProtocolVersion.V5)]
    public async Task Connects_and_returns_0(ProtocolVersion version)
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.ProtocolVersion = version);
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        var connect = await wire.ReceiveAsync<ConnectPacket>();
        await wire.SendAsync(new ConnAckPacket());
        var result = await connecting.Soon();

        Assert.Equal(version, connect.Version);
        Assert.Matches("^amqtt/[a-zA-Z0-9]{16}$", connect.ClientId);
        Assert.Equal((0, connect.ClientId), (result.ReturnCode, client.ClientId));
        Assert.True(client.IsConnected);
        Assert.True(connect.CleanStart);
    }

    [Fact]
    public async Task Says_in_connect_what_the_options_say()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options =>
        {
            options.ClientId = "";
            options.Connection.Uri = broker.Uri.Replace("://", "://us%40er:p%3Aw@", StringComparison.Ordinal);
            options.KeepAlive = TimeSpan.FromSeconds(7);
            options.CleanSession = false;
            options.ReceiveMaximum = 5;
            options.MaximumPacketSize = 1000;
            options.UserProperties["k"] = "v";
            options.Will = new() { Topic = "w", Message = "gone"u8.ToArray(), Qos = 1, Retain = true, DelayInterval = TimeSpan.FromSeconds(3) };
        });
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        var connect = await wire.ReceiveAsync<ConnectPacket>();
        await wire.SendAsync(new ConnAckPacket { Properties = new() { AssignedClientIdentifier = "given" } });
        await connecting.Soon();

        Assert.Equal(("", "us@er", 7, false), (connect.ClientId, connect.UserName, connect.KeepAlive, connect.CleanStart));
        Assert.Equal("p:w"u8.ToArray(), connect.Password!.Value.ToArray());
        Assert.Equal((uint.MaxValue, (ushort)5, 1000u), (connect.Properties.SessionExpiryInterval, connect.Properties.ReceiveMaximum, connect.Properties.MaximumPacketSize));
        Assert.Equal([new UserProperty("k", "v")], connect.Properties.UserProperties);
        Assert.Equal(("w", QoS.AtLeastOnce, true, 3u), (connect.Will!.Topic, connect.Will.QoS, connect.Will.Retain, connect.Will.Properties.WillDelayInterval));
        Assert.Equal("given", client.ClientId);
    }

    [Theory]
    [InlineData(ReasonCode.UnsupportedProtocolVersion, ConnectReturnCode.UnacceptableProtocolVersion)]
    [InlineData(ReasonCode.ClientIdentifierNotValid, ConnectReturnCode.IdentifierRejected)]
    [InlineData(ReasonCode.BadUserNameOrPassword, ConnectReturnCode.BadUserNameOrPassword)]
    [InlineData(ReasonCode.NotAuthorized, ConnectReturnCode.NotAuthorized)]
    public async Task A_refusal_that_cannot_change_is_thrown_at_once(ReasonCode reason, ConnectReturnCode code)
    {
        foreach (var version in new[] { ProtocolVersion.V311, ProtocolVersion.V5 })
        {
            await using var broker = new ScriptedBroker();
            var client = broker.Client(options => options.ProtocolVersion = version);
            var connecting = client.ConnectAsync();
            await broker.AcceptAsync(new ConnAckPacket { Reason = reason });
            var error = await Assert.ThrowsAsync<ConnectException>(() => connecting.Soon());
            Assert.Equal((reason, code, true), (error.Reason, error.ReturnCode, error.IsPermanent));
            Assert.Equal(ClientState.Disconnected, client.State);
        }
    }

    [Fact]
    public async Task A_server_that_is_not_available_is_tried_again_with_growing_waits()
    {
        await using var broker = new ScriptedBroker();
        var start = broker.Time.GetUtcNow();
        var client = broker.Client(options => options.ReconnectRetries = 4);
        var connecting = client.ConnectAsync();
        List<int> seconds = [];
        for (var i = 0; i < 5; i++)
        {
            var wire = await broker.PassTimeUntilAsync(broker.AcceptAsync());
            seconds.Add((int)(broker.Time.GetUtcNow() - start).TotalSeconds);
            await wire.ReceiveAsync<ConnectPacket>();
            await wire.SendAsync(new ConnAckPacket { Reason = ReasonCode.ServerUnavailable });
            await wire.ExpectClosedAsync();
        }

        var error = await Assert.ThrowsAsync<ConnectException>(() => connecting.Soon());
        Assert.Equal(ConnectReturnCode.ServerUnavailable, error.ReturnCode);
        // min(10, 2ⁿ): 2, 4, 8, 10. The clock moves in steps, and goes on while a connection is made.
        int[] atLeast = [0, 2, 6, 14, 24];
        Assert.All(seconds.Zip(atLeast), pair => Assert.True(pair.First >= pair.Second, $"{string.Join(",", seconds)}"));
    }

    [Fact]
    public async Task Without_auto_reconnect_one_attempt_is_all()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.AutoReconnect = false);
        var connecting = client.ConnectAsync();
        await broker.AcceptAsync(new ConnAckPacket { Reason = ReasonCode.ServerUnavailable });
        await Assert.ThrowsAsync<ConnectException>(() => connecting.Soon());
    }

    [Fact]
    public async Task A_broker_that_never_answers_is_a_time_out()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.AutoReconnect = false);
        var connecting = client.ConnectAsync();
        await using var wire = await broker.AcceptAsync();
        await wire.ReceiveAsync<ConnectPacket>();
        var error = await Assert.ThrowsAsync<ConnectException>(() => broker.PassTimeUntilAsync(connecting));
        Assert.Contains("within 60 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_of_3_1_1_refuses_5_in_its_own_form()
    {
        await using var broker = new ScriptedBroker();
        var connecting = broker.Client().ConnectAsync();
        await using var wire = await broker.AcceptAsync();
        await wire.ReceiveAsync<ConnectPacket>();
        await wire.SendHexAsync("20 02 00 01");
        var error = await Assert.ThrowsAsync<ConnectException>(() => connecting.Soon());
        Assert.Equal(ConnectReturnCode.UnacceptableProtocolVersion, error.ReturnCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://localhost")]
    [InlineData("localhost:1883")]
    [InlineData("mqtt://")]
    public async Task An_impossible_uri_is_an_error_at_once(string uri)
    {
        await using var broker = new ScriptedBroker();
        await Assert.ThrowsAsync<ClientException>(() => broker.Client().ConnectAsync(new() { Uri = uri }));
        Assert.Throws<ClientException>(() => new MqttClient(uri));
    }

    [Fact]
    public async Task Nobody_listens_is_a_connect_exception()
    {
        await using var client = new MqttClient(new Client.Configuration.ClientOptions { AutoReconnect = false, Connection = new() { Uri = "mqtt://127.0.0.1:1" } });
        await Assert.ThrowsAsync<ConnectException>(() => client.ConnectAsync());
    }

    [Fact]
    public async Task Further_brokers_are_tried_in_turn()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options =>
        {
            options.Servers = [options.Connection.Uri];
            options.Connection.Uri = "mqtt://127.0.0.1:1";
        });
        await broker.ConnectAsync(client);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task The_program_may_change_every_attempt()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(
            options => options.ReconnectMaxInterval = TimeSpan.Zero,
            services => services with { Connecting = (context, _) => new(context.Options with { UserName = "u", Password = new byte[] { (byte)context.Attempt } }) });
        var connecting = client.ConnectAsync();
        for (byte attempt = 1; attempt <= 2; attempt++)
        {
            var wire = await broker.PassTimeUntilAsync(broker.AcceptAsync());
            Assert.Equal([attempt], (await wire.ReceiveAsync<ConnectPacket>()).Password!.Value.ToArray());
            await wire.SendAsync(new ConnAckPacket { Reason = attempt == 1 ? ReasonCode.ServerBusy : ReasonCode.Success });
        }

        await connecting.Soon();
    }

    [Fact]
    public async Task Before_the_first_connect_everything_fails_at_once()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client();
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("t", "x").AsTask());
        await Assert.ThrowsAsync<ClientException>(() => client.SubscribeAsync("t"));
        await Assert.ThrowsAsync<ClientException>(() => client.UnsubscribeAsync(["t"]));
        await Assert.ThrowsAsync<ClientException>(() => client.PingAsync());
        await Assert.ThrowsAsync<ClientException>(() => client.DeliverMessageAsync());
        Assert.False(await client.DisconnectAsync());
        Assert.Contains(broker.Log.Lines, line => line.Text.Contains("nothing to disconnect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disconnect_sends_what_was_accepted_and_ends_deliveries()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var delivery = client.DeliverMessageAsync();
        await client.PublishAsync("t", "last");
        var disconnecting = client.DisconnectAsync();
        await wire.ExpectPublishAsync("t", "last");
        await wire.ReceiveAsync<DisconnectPacket>();
        await wire.DisposeAsync();

        Assert.True(await disconnecting.Soon());
        Assert.Null(await delivery.Soon());
        Assert.Equal(ClientState.Disconnected, client.State);
        await Assert.ThrowsAsync<ClientException>(() => client.PublishAsync("t", "x").AsTask());
    }

    [Fact]
    public async Task A_client_can_be_connected_again()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var disconnecting = client.DisconnectAsync();
        await wire.ReceiveAsync<DisconnectPacket>();
        await wire.DisposeAsync();
        await disconnecting.Soon();

        var again = client.ReconnectAsync(cleanSession: false);
        wire = await broker.AcceptAsync();
        Assert.False((await wire.ReceiveAsync<ConnectPacket>()).CleanStart);
        await wire.SendAsync(new ConnAckPacket());
        await again.Soon();
        await wire.SendAsync(new PublishPacket { Topic = "t", Payload = "x"u8.ToArray() });
        Assert.Equal("x", (await client.DeliverMessageAsync().Soon())!.Text);
    }
}
