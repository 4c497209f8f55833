using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins.Testing;

/// <content>Enhanced authentication (MQTT 5, section 4.12).</content>
public sealed partial class PluginTestClient
{
    private readonly string? _method;
    private readonly Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? _answer;

    /// <summary>Authenticates again, with the method of the CONNECT, and waits for what comes of it.</summary>
    /// <param name="data">The first data; null = none. Challenges are answered as <c>TryConnectAsync</c> was told.</param>
    /// <returns>Success, or the reason of the DISCONNECT that ended the connection.</returns>
    /// <exception cref="PluginTestException">The CONNECT named no method, or no answer came.</exception>
    public async Task<ReasonCode> AuthenticateAsync(ReadOnlyMemory<byte>? data = null)
    {
        if (_method is null) throw new PluginTestException($"Client '{ClientId}' cannot authenticate again: its CONNECT named no method.");
        try
        {
            return (await AskAsync<AuthPacket>(Auth(ReasonCode.ReAuthenticate, data), PacketType.Auth, 0)).Reason;
        }
        catch (PluginTestException) when (Disconnect is not null)
        {
            return Disconnect.Reason;
        }
    }

    private AuthPacket Auth(ReasonCode reason, ReadOnlyMemory<byte>? data) =>
        new() { Reason = reason, Properties = new MqttProperties { AuthenticationMethod = _method, AuthenticationData = data } };

    private async Task AnswerAsync(AuthPacket challenge)
    {
        if (_answer is null)
        {
            Fail($"The broker challenged client '{ClientId}': {challenge}. Give {nameof(PluginTestHost.TryConnectAsync)} what answers it.");
            return;
        }

        await SendAsync(Auth(ReasonCode.ContinueAuthentication, _answer(challenge.Properties.AuthenticationData ?? default)));
    }

    private void Fail(string problem)
    {
        foreach (var answer in _answers.Values) answer.TrySetException(new PluginTestException(problem));
    }
}
