using Amqtt.Broker.Configuration;
using Amqtt.Broker.Sessions;
using Amqtt.Plugins;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Connections;

/// <summary>A client that has been authenticated: its CONNECT, what was granted, and what the two come to.</summary>
internal sealed class Admitted
{
    public Admitted(ConnectPacket connect, AuthenticateContext granted, LimitOptions limits, TimeSpan expiryBeforeV5)
    {
        Connect = connect;
        Granted = granted;
        Limits = limits;
        Conditions = ConnectConditions.For(connect, limits, expiryBeforeV5).With(granted, connect);
        ClientId = granted.AssignedClientId ?? granted.ClientId;
        Prefix = TopicPrefix.From(granted.TopicPrefix);
        Will = Prefix is null || connect.Will is not { } will ? connect.Will : new WillMessage
        {
            Topic = Prefix.Add(will.Topic),
            Payload = will.Payload,
            QoS = will.QoS,
            Retain = will.Retain,
            Properties = will.Properties,
        };
    }

    /// <summary>Its CONNECT, as plugins left it.</summary>
    public ConnectPacket Connect { get; }

    /// <summary>What the plugins that allowed it set.</summary>
    public AuthenticateContext Granted { get; }

    /// <summary>The bounds of its listener, or those that were granted.</summary>
    public LimitOptions Limits { get; }

    /// <summary>The terms of the connection.</summary>
    public ConnectConditions Conditions { get; }

    /// <summary>The client identifier: its own, the broker's choice, or a plugin's.</summary>
    public string ClientId { get; }

    /// <summary>What is in front of all its topics; null = nothing.</summary>
    public TopicPrefix? Prefix { get; }

    /// <summary>Its will, with the prefix.</summary>
    public WillMessage? Will { get; }

    /// <summary>The last data of enhanced authentication; null without any.</summary>
    public ReadOnlyMemory<byte>? Exchanged { get; init; }

    /// <summary>What CONNACK says to a v5 client [MQTT-3.1.3-7].</summary>
    public MqttProperties Announce(string? responseInformation) => Conditions.Announce(
        Limits, Connect.ClientId.Length == 0 ? ClientId : null, responseInformation, Connect.Properties.AuthenticationMethod, Exchanged);
}
