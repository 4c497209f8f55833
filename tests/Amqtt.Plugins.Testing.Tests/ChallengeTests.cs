using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins.Testing.Tests;

/// <summary>PF-22 with the tools of the host: a test plays the client's side of an exchange.</summary>
public sealed class ChallengeTests
{
    private static readonly ConnectPacket Connect = new()
    {
        Version = ProtocolVersion.V5,
        ClientId = "c1",
        CleanStart = true,
        Properties = new MqttProperties { AuthenticationMethod = "NEXT" },
    };

    [Fact]
    public async Task A_client_answers_challenges_when_it_connects_and_later()
    {
        await using var host = await PluginTestHost.StartAsync<Challenger>();
        var step = 1;
        var (client, answer) = await host.TryConnectAsync(Connect, answer: data => new[] { (byte)(data.Span[0] + step) });

        Assert.Equal(ReasonCode.Success, answer.Reason);
        Assert.Equal(ReasonCode.Success, await client.AuthenticateAsync());
        Assert.Equal(ReasonCode.GrantedQoS1, await client.SubscribeAsync("a", QoS.AtLeastOnce));
        step = 2;
        Assert.Equal(ReasonCode.NotAuthorized, await client.AuthenticateAsync());
        await client.WaitForEndAsync();
    }

    [Fact]
    public async Task A_wrong_answer_is_refused()
    {
        await using var host = await PluginTestHost.StartAsync<Challenger>();

        var (_, answer) = await host.TryConnectAsync(Connect, answer: _ => new byte[] { 0 });

        Assert.Equal(ReasonCode.NotAuthorized, answer.Reason);
    }

    [Fact]
    public async Task A_challenge_that_nobody_answers_is_named_at_once()
    {
        await using var host = await PluginTestHost.StartAsync<Challenger>();

        var exception = await Assert.ThrowsAsync<PluginTestException>(() => host.TryConnectAsync(Connect));

        Assert.StartsWith("The broker challenged client 'c1': ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("Give TryConnectAsync what answers it.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_method_cannot_authenticate_again()
    {
        await using var host = await PluginTestHost.StartAsync<Challenger>();
        await using var client = await host.ConnectAsync("c2");

        var exception = await Assert.ThrowsAsync<PluginTestException>(() => client.AuthenticateAsync());

        Assert.Equal("Client 'c2' cannot authenticate again: its CONNECT named no method.", exception.Message);
    }
}
