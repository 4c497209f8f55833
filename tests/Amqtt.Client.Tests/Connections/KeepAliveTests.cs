using Amqtt.Client.Tests.Support;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Tests.Connections;

/// <summary>P-D3.</summary>
public sealed class KeepAliveTests
{
    [Fact]
    public async Task A_silent_connection_is_pinged_before_the_keep_alive_is_over()
    {
        await using var broker = new ScriptedBroker();
        var (_, wire) = await broker.ConnectAsync(Pinging);
        var start = broker.Time.GetUtcNow();
        await broker.PassTimeUntilAsync(wire.ReceiveAsync<PingReqPacket>());
        Assert.True(broker.Time.GetUtcNow() - start >= TimeSpan.FromSeconds(9));
        await wire.SendAsync(PingRespPacket.Instance);
        await broker.PassTimeUntilAsync(wire.ReceiveAsync<PingReqPacket>());
    }

    [Fact]
    public async Task No_answer_within_the_keep_alive_ends_the_connection()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            Pinging(options);
            options.AutoReconnect = false;
        });
        // From before the ping: the clock may have gone on when it is seen.
        var start = broker.Time.GetUtcNow();
        await broker.PassTimeUntilAsync(wire.ReceiveAsync<PingReqPacket>());
        await broker.PassTimeUntilAsync(Ended());
        Assert.True(broker.Time.GetUtcNow() - start >= TimeSpan.FromSeconds(18));
        await client.Entered(ClientState.Disconnected);
        Assert.Contains(broker.Log.Lines, line => line.Text.Contains("did not answer a ping", StringComparison.Ordinal));

        async Task<bool> Ended()
        {
            await wire.ExpectClosedAsync();
            return true;
        }
    }

    [Fact]
    public async Task Delay_0_means_no_pings()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync(options =>
        {
            Pinging(options);
            options.PingDelay = TimeSpan.Zero;
        });
        broker.Time.Advance(TimeSpan.FromMinutes(5));
        await client.PublishAsync("t", "first");
        await wire.ExpectPublishAsync("t", "first");
    }

    [Fact]
    public async Task The_server_may_ask_for_another_keep_alive()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(Pinging);
        var wire = await broker.ConnectAsync(client, new() { ServerKeepAlive = 100 });
        broker.Time.Advance(TimeSpan.FromSeconds(98));
        await client.PublishAsync("t", "first");
        await wire.ExpectPublishAsync("t", "first");
        Assert.Equal(TimeSpan.FromSeconds(100), client.Session.KeepAlive);
    }

    [Fact]
    public async Task A_ping_of_the_program_is_answered_or_times_out()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var ping = client.PingAsync();
        await wire.ReceiveAsync<PingReqPacket>();
        await wire.SendAsync(PingRespPacket.Instance);
        await ping.Soon();
        var unanswered = client.PingAsync(TimeSpan.FromSeconds(5));
        await wire.ReceiveAsync<PingReqPacket>();
        broker.Time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<TimeoutException>(() => unanswered.Soon());
    }

    [Fact]
    public async Task A_ping_of_the_program_goes_on_with_the_next_connection()
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        var ping = client.PingAsync();
        await wire.ReceiveAsync<PingReqPacket>();
        await wire.DisposeAsync();
        wire = await broker.PassTimeUntilAsync(broker.AcceptAsync(new()));
        await wire.ReceiveAsync<PingReqPacket>();
        await wire.SendAsync(PingRespPacket.Instance);
        await ping.Soon();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_asked_for_while_the_client_disconnects_hears_of_that(bool pings)
    {
        await using var broker = new ScriptedBroker();
        var (client, wire) = await broker.ConnectAsync();
        Task? asked = null;
        // The connection has ended, and the client is not disconnected yet.
        broker.Log.Wrote = text =>
        {
            if (text.Contains("disconnected", StringComparison.Ordinal))
                asked = pings ? client.PingAsync() : client.SubscribeAsync("a");
        };
        var disconnecting = client.DisconnectAsync();
        await wire.ReceiveAsync<DisconnectPacket>();
        await wire.DisposeAsync();
        Assert.True(await disconnecting.Soon());
        var told = await Assert.ThrowsAsync<ClientException>(() => asked!.Soon());
        Assert.Equal("The client was disconnected.", told.Message);
    }

    private static void Pinging(Client.Configuration.ClientOptions options)
    {
        options.KeepAlive = TimeSpan.FromSeconds(10);
        options.PingDelay = TimeSpan.FromSeconds(1);
    }
}
