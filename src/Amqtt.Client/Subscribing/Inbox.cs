using Amqtt.Client.Configuration;
using Amqtt.Client.Connections;
using Amqtt.Client.Diagnostics;
using Amqtt.Client.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Microsoft.Extensions.Logging;

namespace Amqtt.Client.Subscribing;

/// <summary>What comes from the broker: takes messages apart and hands them to subscriptions. Runs where packets are read, and waits for nobody.</summary>
internal sealed class Inbox
{
    private static readonly DecoderLimits Limits = new() { MaxUserProperties = 1024 };

    private readonly Lock _gate;
    private readonly ILogger _log;
    private readonly ClientMetrics _metrics;
    private readonly ClientHooks _hooks;
    private readonly TopicRoutes _routes;
    private readonly TopicRoute?[] _aliases;
    private int _aliasEpoch;
    private long _dropped;

    public Inbox(Lock gate, ClientOptions options, SubscriptionTable subscriptions, ClientHooks hooks, ClientMetrics metrics, ILogger log)
    {
        _gate = gate;
        _log = log;
        _hooks = hooks;
        _metrics = metrics;
        _routes = new(subscriptions);
        _aliases = new TopicRoute?[options.TopicAliasMaximum + 1];
        Unread = new(options.MaxUnreadMessages, options.MaxUnreadBytes);
        Rest = new(Unread, singleReader: false);
        Window = new(gate);
    }

    public InboundWindow Window { get; }

    public Unread Unread { get; }

    /// <summary>Messages that no subscription object is there for.</summary>
    public Inlet Rest { get; private set; }

    /// <summary>A client that is connected again after an end has something to deliver again.</summary>
    public void Reopen() => Rest = new(Unread, singleReader: false);

    /// <summary>A PUBLISH arrived.</summary>
    /// <exception cref="CodecException">The broker may not send it.</exception>
    public void Handle(in PublishFrame frame, Link link)
    {
        var route = Resolve(frame, link);
        _metrics.Received(frame.QoS);
        if (!Unread.HasRoom)
        {
            if (frame.QoS != QoS.AtMostOnce)
                throw new CodecException(ReasonCode.QuotaExceeded, "more messages wait for the program than its bounds allow; they stay unacknowledged.");
            Drop(route);
            return;
        }

        var properties = frame.Properties.IsEmpty ? MqttProperties.Empty : frame.Properties.ToProperties(Limits);
        Delivery? delivery = null;
        if (frame.QoS != QoS.AtMostOnce)
        {
            lock (_gate) delivery = Window.Arrived(link, frame.PacketId, frame.QoS);
            if (delivery is null)
                return;
        }

        var message = new ReceivedMessage(route.Topic, frame.Payload.ToArray(), frame.QoS, frame.Retain, frame.Dup, frame.PacketId, properties, delivery);
        if (_hooks.WantsMessages)
            _hooks.Message(message);
        Deliver(message, route.Targets, delivery);
    }

    private void Deliver(ReceivedMessage message, MqttSubscription[] targets, Delivery? delivery)
    {
        if (targets.Length == 0)
        {
            Post(Rest, message);
            return;
        }

        delivery?.Expect(targets.Length);
        for (var i = 1; i < targets.Length; i++)
            Post(targets[i].Inlet, message.Share());
        Post(targets[0].Inlet, message);
    }

    private void Post(Inlet inlet, ReceivedMessage message)
    {
        Unread.Put(message);
        if (inlet.TryPost(message))
            return;
        // The subscription ended just now: nobody wants the message.
        Unread.Took(message);
        message.Acknowledge();
    }

    private TopicRoute Resolve(in PublishFrame frame, Link link)
    {
        if (frame.Properties.TopicAlias is not { } alias)
            return _routes.Find(frame.Topic);
        if (alias >= _aliases.Length)
            throw new CodecException(ReasonCode.TopicAliasInvalid, $"topic alias {alias}; at most {_aliases.Length - 1} was announced."); // [MQTT-3.1.2-26]
        if (_aliasEpoch != link.Epoch)
        {
            Array.Clear(_aliases);
            _aliasEpoch = link.Epoch;
        }

        if (!frame.Topic.IsEmpty)
            return _aliases[alias] = _routes.Find(frame.Topic);
        return _routes.Current(_aliases[alias] ?? throw new CodecException(ReasonCode.ProtocolError, $"topic alias {alias} stands for no topic yet."));
    }

    private void Drop(TopicRoute route)
    {
        _metrics.Dropped("unread");
        // The first and then ever rarer: a flood must not become one of the log.
        if (long.IsPow2(++_dropped))
            ClientLog.Unread(_log, _dropped, route.Topic);
    }
}
