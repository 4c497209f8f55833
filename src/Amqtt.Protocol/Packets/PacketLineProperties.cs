namespace Amqtt.Protocol.Packets;

/// <summary>The properties' part of a packet's log line.</summary>
internal static class PacketLineProperties
{
    public static void Properties(this ref PacketLine line, MqttProperties properties)
    {
        line.Number("payload-format", properties.PayloadFormatIndicator);
        line.Number("message-expiry", properties.MessageExpiryInterval);
        line.Text("content-type", properties.ContentType);
        line.Text("response-topic", properties.ResponseTopic);
        line.Bytes("correlation-data", properties.CorrelationData);
        foreach (var identifier in properties.SubscriptionIdentifiers) line.Number("subscription-id", identifier);
        line.Number("session-expiry", properties.SessionExpiryInterval);
        line.Text("assigned-client", properties.AssignedClientIdentifier);
        line.Number("server-keepalive", properties.ServerKeepAlive);
        line.Text("auth-method", properties.AuthenticationMethod);
        line.Bytes("auth-data", properties.AuthenticationData);
        Bool(line, "request-problem-information", properties.RequestProblemInformation);
        line.Number("will-delay", properties.WillDelayInterval);
        Bool(line, "request-response-information", properties.RequestResponseInformation);
        line.Text("response-information", properties.ResponseInformation);
        line.Text("server-reference", properties.ServerReference);
        line.Text("reason-string", properties.ReasonString);
        line.Number("receive-maximum", properties.ReceiveMaximum);
        line.Number("topic-alias-maximum", properties.TopicAliasMaximum);
        line.Number("topic-alias", properties.TopicAlias);
        line.Number("maximum-qos", (uint?)properties.MaximumQoS);
        Bool(line, "retain-available", properties.RetainAvailable);
        foreach (var (name, value) in properties.UserProperties)
        {
            line.Key("user-property");
            line.Quote(name);
            line.Key("value");
            line.Quote(value);
        }

        line.Number("maximum-packet-size", properties.MaximumPacketSize);
        Bool(line, "wildcards-available", properties.WildcardSubscriptionAvailable);
        Bool(line, "subscription-ids-available", properties.SubscriptionIdentifierAvailable);
        Bool(line, "shared-available", properties.SharedSubscriptionAvailable);
    }

    private static void Bool(PacketLine line, string name, bool? value) => line.Number(name, value is { } b ? (b ? 1u : 0u) : null);
}
