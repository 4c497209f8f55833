using System.Diagnostics;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Diagnostics;

/// <summary>The activity source <c>Amqtt.Client</c>: one activity per publish and per handled message, joined through user properties (W3C trace context). Costs nothing while nobody listens.</summary>
internal static class Tracing
{
    public const string Name = "Amqtt.Client";

    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    public static Activity? Publish(string topic)
    {
        var activity = Source.StartActivity("publish", ActivityKind.Producer);
        activity?.SetTag("messaging.system", "mqtt").SetTag("messaging.destination.name", topic);
        return activity;
    }

    /// <summary>The properties with the context of the activity in them.</summary>
    public static MqttProperties Inject(Activity? activity, MqttProperties properties)
    {
        if (activity?.Id is not { } id)
            return properties;
        List<UserProperty> user = [.. properties.UserProperties, new(TraceParent, id)];
        if (activity.TraceStateString is { Length: > 0 } state)
            user.Add(new(TraceState, state));
        return new()
        {
            PayloadFormatIndicator = properties.PayloadFormatIndicator,
            MessageExpiryInterval = properties.MessageExpiryInterval,
            ContentType = properties.ContentType,
            ResponseTopic = properties.ResponseTopic,
            CorrelationData = properties.CorrelationData,
            UserProperties = user,
        };
    }

    public static Activity? Receive(ReceivedMessage message)
    {
        if (!Source.HasListeners())
            return null;
        string? parent = null, state = null;
        foreach (var (name, value) in message.Properties.UserProperties)
        {
            if (name == TraceParent)
                parent = value;
            else if (name == TraceState)
                state = value;
        }

        // Without a context that can be read, it begins a trace of its own.
        var parentContext = ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? context : default;
        var activity = Source.StartActivity("process", ActivityKind.Consumer, parentContext);
        activity?.SetTag("messaging.system", "mqtt").SetTag("messaging.destination.name", message.Topic);
        return activity;
    }
}
