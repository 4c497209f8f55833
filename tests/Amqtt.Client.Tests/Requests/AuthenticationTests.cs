using Amqtt.Client.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Tests.Requests;

/// <summary>Enhanced authentication (section 4.12).</summary>
public sealed class AuthenticationTests
{
    [Fact]
    public async Task Authenticates_over_several_rounds_and_again_later()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(services: own => own with { Authentication = new Counting() });
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        var connect = await wire.ReceiveAsync<ConnectPacket>();
        Assert.Equal(("COUNT", (byte)1), (connect.Properties.AuthenticationMethod, connect.Properties.AuthenticationData!.Value.Span[0]));
        await wire.SendAsync(Auth(ReasonCode.ContinueAuthentication, 10));
        Assert.Equal(11, (await wire.ReceiveAsync<AuthPacket>()).Properties.AuthenticationData!.Value.Span[0]);
        await wire.SendAsync(new ConnAckPacket { Properties = new() { AuthenticationMethod = "COUNT" } });
        await connecting.Soon();

        var again = client.ReauthenticateAsync();
        var begin = await wire.ReceiveAsync<AuthPacket>();
        Assert.Equal((ReasonCode.ReAuthenticate, (byte)1), (begin.Reason, begin.Properties.AuthenticationData!.Value.Span[0]));
        await wire.SendAsync(Auth(ReasonCode.ContinueAuthentication, 20));
        Assert.Equal(21, (await wire.ReceiveAsync<AuthPacket>()).Properties.AuthenticationData!.Value.Span[0]);
        await wire.SendAsync(Auth(ReasonCode.Success, 0));
        await again.Soon();
    }

    [Fact]
    public async Task A_connection_that_ends_ends_the_authentication()
    {
        await using var broker = new ScriptedBroker();
        var client = broker.Client(options => options.AutoReconnect = false, own => own with { Authentication = new Counting() });
        var wire = await broker.ConnectAsync(client);
        var again = client.ReauthenticateAsync();
        await wire.ReceiveAsync<AuthPacket>();
        await wire.SendAsync(new DisconnectPacket { Reason = ReasonCode.NotAuthorized });
        await Assert.ThrowsAsync<ClientException>(() => again.Soon());
    }

    [Fact]
    public async Task One_that_cannot_be_sent_is_not_under_way()
    {
        await using var broker = new ScriptedBroker();
        var method = new Counting { Begins = new byte[200] };
        var client = broker.Client(services: own => own with { Authentication = method });
        var connecting = client.ConnectAsync();
        var wire = await broker.AcceptAsync();
        await wire.ReceiveAsync<ConnectPacket>();
        await wire.SendAsync(new ConnAckPacket { Properties = new() { AuthenticationMethod = "COUNT", MaximumPacketSize = 100 } });
        await connecting.Soon();
        var tooLarge = await Assert.ThrowsAsync<ClientException>(() => client.ReauthenticateAsync().Soon());
        Assert.Contains("the broker accepts 100 at most", tooLarge.Message, StringComparison.Ordinal);

        method.Begins = [1];
        var again = client.ReauthenticateAsync();
        await wire.ReceiveAsync<AuthPacket>();
        await wire.SendAsync(Auth(ReasonCode.Success, 0));
        await again.Soon();
    }

    private static AuthPacket Auth(ReasonCode reason, byte data) => new() { Reason = reason, Properties = new() { AuthenticationMethod = "COUNT", AuthenticationData = new byte[] { data } } };

    private sealed class Counting : IEnhancedAuthentication
    {
        public byte[] Begins { get; set; } = [1];

        public string Method => "COUNT";

        public ValueTask<ReadOnlyMemory<byte>?> BeginAsync(CancellationToken cancel) => new(Begins);

        public ValueTask<ReadOnlyMemory<byte>?> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel) => new(new[] { (byte)(data.Span[0] + 1) });
    }
}
