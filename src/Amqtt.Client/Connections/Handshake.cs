using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Connections;

/// <summary>From CONNECT to CONNACK, with as many AUTH packets in between as the method of authentication takes (section 4.12).</summary>
internal sealed class Handshake(Stream stream, ConnectPacket connect, IEnhancedAuthentication? authentication, int maxPacketSize, PacketWatcher? watcher)
{
    private readonly InputBuffer _input = new(stream);

    /// <summary>A connection that the broker accepted. The bytes that arrived behind CONNACK are in the input.</summary>
    internal sealed record Result(Stream Stream, InputBuffer Input, ConnAckPacket Answer);

    /// <summary>Runs it.</summary>
    /// <exception cref="ConnectException">The broker refused, or closed the connection.</exception>
    /// <exception cref="CodecException">The broker sent something that is not allowed.</exception>
    public async Task<Result> RunAsync(CancellationToken cancel)
    {
        await SendAsync(connect, cancel);
        while (true)
        {
            switch (await ReceiveAsync(cancel))
            {
                case ConnAckPacket answer when answer.Reason.IsError():
                    throw Refused(answer.Reason, answer.Properties);
                case ConnAckPacket answer:
                    return new(stream, _input, answer);
                case AuthPacket { Reason: ReasonCode.ContinueAuthentication } auth when authentication is not null:
                    await SendAsync(await ContinueAsync(authentication, auth, cancel), cancel);
                    break;
                case DisconnectPacket goodbye:
                    throw Refused(goodbye.Reason, goodbye.Properties);
                case var other:
                    throw new CodecException(ReasonCode.ProtocolError, $"{other.Type} came before CONNACK."); // [MQTT-3.2.0-1]
            }
        }
    }

    /// <summary>The answer to an AUTH packet.</summary>
    public static async Task<AuthPacket> ContinueAsync(IEnhancedAuthentication authentication, AuthPacket auth, CancellationToken cancel)
    {
        if (auth.Properties.AuthenticationMethod != authentication.Method)
            throw new CodecException(ReasonCode.BadAuthenticationMethod, "the authentication method changed."); // [MQTT-4.12.0-5]
        var data = await authentication.ContinueAsync(auth.Properties.AuthenticationData ?? default, cancel);
        return new() { Reason = ReasonCode.ContinueAuthentication, Properties = new() { AuthenticationMethod = authentication.Method, AuthenticationData = data } };
    }

    private static ConnectException Refused(ReasonCode reason, MqttProperties properties) =>
        new($"The broker refused the connection: {reason} (return code {(byte)reason.ToReturnCode()}, reason code 0x{(byte)reason:X2}){(properties.ReasonString is { } text ? $", {text}" : "")}.")
        {
            Reason = reason,
            ServerReference = properties.ServerReference,
            // CONNACK 1, 2, 4, 5 and what they are in 5.0.
            IsPermanent = reason.ToReturnCode() is not (ConnectReturnCode.Accepted or ConnectReturnCode.ServerUnavailable),
        };

    private async Task SendAsync(MqttPacket packet, CancellationToken cancel)
    {
        var bytes = PacketCodec.Encode(packet, connect.Version);
        watcher?.Sent(bytes);
        await stream.WriteAsync(bytes, cancel);
        await stream.FlushAsync(cancel);
    }

    private async Task<MqttPacket> ReceiveAsync(CancellationToken cancel)
    {
        FrameHeader header;
        while (!_input.HasPacket(maxPacketSize, out header))
        {
            if (await _input.FillAsync(cancel) == 0)
                throw new ConnectException("The broker closed the connection instead of answering CONNECT.");
        }

        return Take(header);
    }

    private MqttPacket Take(FrameHeader header)
    {
        var body = _input.Unread[header.HeaderLength..header.TotalLength];
        // A broker that does not know 5.0 answers as those before it did: CONNACK 1, which is too short for 5.0.
        if (connect.Version == ProtocolVersion.V5 && header.Type == PacketType.ConnAck && body is [_, (byte)ConnectReturnCode.UnacceptableProtocolVersion])
            throw Refused(ReasonCode.UnsupportedProtocolVersion, MqttProperties.Empty);
        watcher?.Received(header.FirstByte, body);
        var packet = PacketCodec.Decode(connect.Version, header.FirstByte, body, PacketSender.Server);
        _input.Consume(header.TotalLength);
        return packet;
    }
}
