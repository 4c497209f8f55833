using Amqtt.Client.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client.Plugins;

/// <summary>Where the client calls its plugins. While there are none, everything here costs a comparison.</summary>
internal sealed class ClientHooks(ClientOptions options, ClientServices services, ISession session) : IAsyncDisposable
{
    private volatile PluginHost? _host;

    public bool WantsSent => _host is { } host && !host.Hooks.PacketSent.IsEmpty;

    public bool WantsReceived => _host is { } host && !host.Hooks.PacketReceived.IsEmpty;

    public bool WantsMessages => _host is { } host && !host.Hooks.Message.IsEmpty;

    public bool WantsPublishes => _host is { } host && !host.Hooks.Publish.IsEmpty;

    /// <summary>Loads the plugins, once.</summary>
    /// <exception cref="PluginException">One cannot be loaded.</exception>
    public async ValueTask LoadAsync(IClientHost client)
    {
        if (_host is not null || options.Plugins.Count == 0 || IsSilent())
            return;
        _host = await PluginHost.LoadAsync(options.Plugins, new()
        {
            LoggerFactory = services.LoggerFactory,
            Time = services.Time,
            BaseDirectory = options.BaseDirectory ?? Directory.GetCurrentDirectory(),
            ShareServices = services.SharePluginServices,
            Client = client,
        });
    }

    public ValueTask ConnectingAsync(ConnectingContext context, CancellationToken cancel) => _host?.ConnectingAsync(context, cancel) ?? default;

    public void Sent(ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body)
    {
        var packet = PacketCodec.Decode(version, firstByte, body, PacketSender.Client);
        _host!.Hooks.PacketSent.Raise(new() { Packet = packet, Session = packet is ConnectPacket ? null : session });
    }

    public void Received(ProtocolVersion version, byte firstByte, ReadOnlySpan<byte> body)
    {
        var packet = PacketCodec.Decode(version, firstByte, body, PacketSender.Server);
        _host!.Hooks.PacketReceived.Raise(new() { Packet = packet, Session = session });
    }

    public void Connected(Uri broker, ConnAckPacket answer, bool isReconnect) =>
        _host?.Hooks.Connected.Raise(new() { Broker = broker, Answer = answer, IsReconnect = isReconnect });

    public void Disconnected(bool requested, ReasonCode? reason, Exception? error) =>
        _host?.Hooks.Disconnected.Raise(new() { Requested = requested, Reason = reason, Error = error });

    public void Published(string topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, MqttProperties properties) =>
        _host!.Hooks.Publish.Raise(new() { Message = new() { Topic = topic, Payload = payload.ToArray(), QoS = qos, Retain = retain, Properties = properties } });

    public void Message(ReceivedMessage message) => _host!.Hooks.Message.Raise(new() { Message = ToPlugin(message) });

    public static ApplicationMessage ToPlugin(ReceivedMessage message) =>
        new() { Topic = message.Topic, Payload = message.Payload, QoS = message.QoS, Retain = message.Retain, Properties = message.Properties };

    public async ValueTask DisposeAsync()
    {
        if (_host is { } host)
            await host.DisposeAsync();
        _host = null;
    }

    // The plugin that everyone has by default logs packets at Debug. Where that is off, looking for it in every assembly would be most of what a connect costs.
    private bool IsSilent() => options.HasDefaultPlugins && !services.LoggerFactory.CreateLogger("amqtt.client.plugins.PacketLoggerPlugin").IsEnabled(LogLevel.Debug);
}
