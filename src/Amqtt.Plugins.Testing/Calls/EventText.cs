namespace Amqtt.Plugins.Testing;

/// <summary>Events in one line, for the message of a failed test.</summary>
internal static class EventText
{
    public static string Of(object e) => e switch
    {
        ClientConnectedEvent connected => connected.ClientId,
        ClientDisconnectedEvent gone => $"{gone.ClientId} {gone.Cause}",
        AuthenticationFailedEvent failed => $"{failed.ClientId} {failed.Reason}",
        SessionChangedEvent changed => $"{changed.ClientId} {changed.Change}",
        ClientSubscribedEvent subscribed => $"{subscribed.ClientId} {subscribed.TopicFilter}",
        ClientUnsubscribedEvent unsubscribed => $"{unsubscribed.ClientId} {unsubscribed.TopicFilter}",
        RetainedMessageEvent retained => $"{retained.ClientId} {retained.Message.Topic}",
        MessageReceivedEvent received => $"{received.ClientId} {received.Message.Topic}",
        MessageBroadcastEvent broadcast => $"{broadcast.ClientId} {broadcast.Message.Topic}",
        MessageStageEvent stage => $"{stage.Stage} {stage.Message.Topic} {stage.ReceiverId}",
        PacketReceivedEvent received => received.Packet.ToString(),
        PacketSentEvent sent => sent.Packet.ToString(),
        _ => e.GetType().Name,
    };
}
