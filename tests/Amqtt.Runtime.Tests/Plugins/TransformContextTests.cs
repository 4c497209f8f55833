using System.Reflection;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>PF-13: illegal values throw and change nothing; a context that is used after its hook throws and never touches another message.</summary>
public sealed class TransformContextTests
{
    private static readonly string TooLong = new('x', 65_536);

    public static TheoryData<string> Contexts => ["Publish", "Deliver", "Will", "Connect", "Subscribe", "SubscribeFilter", "Unsubscribe", "Acknowledge", "Disconnect"];

    [Fact]
    public void PF_13_illegal_values_of_a_message_throw_and_change_nothing()
    {
        MessageDraft draft = Message();
        var context = new PublishContext(draft);
        foreach (var topic in new[] { "", "a/+", "a/#", "a\0", "\ud800", TooLong })
        {
            Assert.ThrowsAny<ArgumentException>(() => context.Topic = topic);
            Assert.ThrowsAny<ArgumentException>(() => context.ResponseTopic = topic);
        }

        Assert.Throws<ArgumentNullException>(() => context.Topic = null!);
        Assert.Throws<ArgumentOutOfRangeException>(() => context.QoS = (QoS)3);
        Assert.Throws<ArgumentOutOfRangeException>(() => context.MessageExpiryInterval = TimeSpan.FromSeconds(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.MessageExpiryInterval = TimeSpan.FromSeconds(uint.MaxValue));
        Assert.ThrowsAny<ArgumentException>(() => context.ContentType = "\0");
        Assert.ThrowsAny<ArgumentException>(() => context.CorrelationData = new byte[65_536]);
        Assert.ThrowsAny<ArgumentException>(() => context.UserProperties = [new("k", "v"), new("\0", "v")]);
        Assert.ThrowsAny<ArgumentException>(() => context.AddUserProperty("k", TooLong));
        Assert.ThrowsAny<ArgumentException>(() => context.Drop(ReasonCode.PacketIdentifierNotFound));
        Assert.ThrowsAny<ArgumentException>(() => context.Refuse(ReasonCode.Success));
        Assert.ThrowsAny<ArgumentException>(() => context.Refuse(ReasonCode.ServerMoved));
        Assert.ThrowsAny<ArgumentException>(() => context.Refuse(ReasonCode.QuotaExceeded, "\0"));
        Assert.ThrowsAny<ArgumentException>(() => context.Disconnect(ReasonCode.GrantedQoS1));
        Assert.False(draft.Edits.Any);
        Assert.Equal(DraftOutcome.Pass, draft.Outcome);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeliverContext(draft) { QoS = QoS.ExactlyOnce }); // above what is granted
        Assert.False(draft.Edits.Any);
    }

    [Fact]
    public void PF_13_illegal_values_of_other_packets_throw_and_change_nothing()
    {
        var packet = new ConnectPacket { ClientId = "c" };
        var connect = new ConnectDraft(new("default", null, 0, null, ProtocolVersion.V5), packet);
        var context = new ConnectContext(connect);
        Assert.ThrowsAny<ArgumentException>(() => context.ClientId = "\0");
        Assert.ThrowsAny<ArgumentException>(() => context.UserName = TooLong);
        Assert.ThrowsAny<ArgumentException>(() => context.Password = new byte[65_536]);
        Assert.ThrowsAny<ArgumentException>(() => context.SessionExpiryInterval = TimeSpan.FromSeconds(-2));
        Assert.ThrowsAny<ArgumentException>(() => context.Will = new() { Topic = "a/#" });
        Assert.ThrowsAny<ArgumentException>(() => context.Refuse(ReasonCode.TopicFilterInvalid));
        Assert.Same(packet, connect.Edits.ToPacket());

        var subscribe = new SubscribeDraft(new TestSession(), MqttProperties.Empty, [new("a")]);
        var filter = new SubscribeContext(subscribe)[0];
        foreach (var wrong in new[] { "", "a#", "a/#/b", "$share/g", "\0" }) Assert.ThrowsAny<ArgumentException>(() => filter.Filter = wrong);
        Assert.ThrowsAny<ArgumentException>(() => filter.QoS = (QoS)3);
        Assert.ThrowsAny<ArgumentException>(() => filter.RetainHandling = (RetainHandling)3);
        Assert.ThrowsAny<ArgumentException>(() => filter.Refuse(ReasonCode.GrantedQoS1));
        Assert.ThrowsAny<ArgumentException>(() => filter.Refuse(text: "\0"));
        Assert.ThrowsAny<ArgumentException>(() => new SubscribeContext(subscribe)[1]);
        Assert.Equal([new FilterEdits("a")], subscribe.Filters);

        var unsubscribe = new UnsubscribeDraft(new TestSession(), [new("a")]);
        var leaving = new UnsubscribeContext(unsubscribe);
        Assert.ThrowsAny<ArgumentException>(() => leaving[0] = "");
        Assert.ThrowsAny<ArgumentException>(() => leaving[1]);
        Assert.ThrowsAny<ArgumentException>(() => leaving.Refuse(0, ReasonCode.QuotaExceeded));
        Assert.ThrowsAny<ArgumentException>(() => leaving.Refuse(0, text: "\0"));
        Assert.Equal([new FilterEdits("a")], unsubscribe.Filters);

        var ack = new AcknowledgeDraft();
        ack.Begin(new TestSession(), PacketType.PubAck, 1, ReasonCode.Success, null);
        var answer = new AcknowledgeContext(ack);
        Assert.ThrowsAny<ArgumentException>(() => answer.Reason = ReasonCode.QuotaExceeded);
        Assert.ThrowsAny<ArgumentException>(() => answer.Reason = ReasonCode.GrantedQoS1);
        Assert.ThrowsAny<ArgumentException>(() => answer.Text = TooLong);
        Assert.Equal((ReasonCode.Success, null), (ack.Edits.Reason, ack.Edits.Text));
    }

    [Theory, MemberData(nameof(Contexts))]
    public void PF_13_every_member_of_a_context_throws_after_its_hook(string name)
    {
        var (context, draft) = Make(name);
        draft.EndTurn();
        var type = context.GetType();
        var tried = 0;
        foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            if (method.ReturnType.IsByRefLike || method.GetParameters().Any(static parameter => parameter.ParameterType.IsByRefLike)) continue; // the payload: below
            var arguments = method.GetParameters().Select(Legal).ToArray();
            var thrown = Assert.Throws<TargetInvocationException>(() => method.Invoke(context, arguments));
            Assert.True(thrown.InnerException is InvalidOperationException, $"{method.Name}: {thrown.InnerException}");
            tried++;
        }

        Assert.InRange(tried, 5, 60);
    }

    [Fact]
    public void PF_13_the_payload_of_a_message_cannot_be_used_after_its_hook()
    {
        MessageDraft draft = Message();
        var context = new PublishContext(draft);
        draft.EndTurn();
        Assert.Throws<InvalidOperationException>(() => context.Payload.Length);
        Assert.Throws<InvalidOperationException>(() => context.Payload = "x"u8);
    }

    [Fact]
    public async Task PF_13_a_context_that_was_kept_never_changes_another_message()
    {
        // One thread goes on writing to the contexts that it has been given, while each message ends and the object serves the next.
        const int Messages = 20_000;
        using var done = new CancellationTokenSource();
        PublishContext leaked = default;
        var isThere = false;
        var thief = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                if (!Volatile.Read(ref isThere)) continue;
                var mine = leaked;
                try
                {
                    mine.Topic = "stolen";
                    mine.Payload = "stolen"u8;
                    mine.Drop();
                }
                catch (InvalidOperationException)
                {
                    // Late, as it should be.
                }
            }
        });

        var draft = new MessageDraft();
        for (var i = 0; i < Messages; i++)
        {
            Begin(draft, i.ToString());
            var isFair = i % 2 == 1;
            draft.BeginTurn("a plugin");
            if (!isFair)
            {
                Volatile.Write(ref isThere, false);
                leaked = new(draft);
                Volatile.Write(ref isThere, true);
            }

            draft = (MessageDraft)draft.EndTurn();
            if (!isFair) continue;
            // Nobody was given this one.
            Assert.False(draft.Edits.Any);
            Assert.Equal(DraftOutcome.Pass, draft.Outcome);
            Assert.Equal(i.ToString(), draft.Topic);
        }

        await done.CancelAsync();
        await thief;
    }

    [Fact]
    public void A_fault_undoes_what_the_plugin_had_changed_and_nothing_else()
    {
        MessageDraft draft = Message();
        draft.BeginTurn("a plugin");
        new PublishContext(draft) { Topic = "first", ContentType = "kept" }.AddUserProperty("k", "v");
        draft = (MessageDraft)draft.EndTurn();
        draft.BeginTurn("a plugin");
        var second = new PublishContext(draft) { Topic = "second", QoS = QoS.AtMostOnce };
        second.Drop();
        draft = (MessageDraft)draft.Undo();
        Assert.Equal(("first", QoS.AtLeastOnce, DraftOutcome.Pass, "kept"), (draft.Topic, draft.QoS, draft.Outcome, draft.GetProperties(draft.Generation).ContentType));

        draft.BeginTurn("a plugin");
        var third = new PublishContext(draft) { Topic = "third" };
        var after = (MessageDraft)draft.Abandon();
        Assert.NotSame(draft, after);
        Assert.Equal("first", after.Topic);
        Assert.Throws<InvalidOperationException>(() => third.Topic = "late");
    }

    private static object? Legal(ParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (type == typeof(string)) return "a";
        if (type == typeof(ReasonCode)) return ReasonCode.NotAuthorized;
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(1);
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>([1]);
        if (type == typeof(IReadOnlyList<UserProperty>)) return Array.Empty<UserProperty>();
        if (type == typeof(WillMessage)) return new WillMessage { Topic = "t" };
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    private static (object Context, Draft Draft) Make(string name)
    {
        switch (name)
        {
            case "Publish" or "Deliver" or "Will":
                MessageDraft message = Message();
                return (name switch { "Publish" => new PublishContext(message), "Deliver" => new DeliverContext(message), _ => new WillContext(message) }, message);
            case "Connect":
                var connect = new ConnectDraft(new("default", null, 0, null, ProtocolVersion.V5), new ConnectPacket { ClientId = "c" });
                return (new ConnectContext(connect), connect);
            case "Subscribe" or "SubscribeFilter":
                var subscribe = new SubscribeDraft(new TestSession(), MqttProperties.Empty, [new("a")]);
                return (name == "Subscribe" ? new SubscribeContext(subscribe) : new SubscribeContext(subscribe)[0], subscribe);
            case "Unsubscribe":
                var unsubscribe = new UnsubscribeDraft(new TestSession(), [new("a")]);
                return (new UnsubscribeContext(unsubscribe), unsubscribe);
            case "Acknowledge":
                var ack = new AcknowledgeDraft();
                ack.Begin(new TestSession(), PacketType.PubAck, 1, ReasonCode.NotAuthorized, null);
                return (new AcknowledgeContext(ack), ack);
            default:
                var disconnect = new DisconnectDraft(new TestSession(), new DisconnectPacket(), new(false, null));
                return (new DisconnectContext(disconnect), disconnect);
        }
    }

    private static MessageDraft Message()
    {
        var draft = new MessageDraft();
        Begin(draft, "t");
        return draft;
    }

    private static void Begin(MessageDraft draft, string topic) =>
        draft.Begin(new(MessageHook.Publish, new TestSession(), "c", MessageOrigin.Client, QoS.AtLeastOnce, false, 0), new Topics(topic), ReadOnlySpan<byte>.Empty, "payload"u8);

    private sealed record Topics(string Topic) : ITopicText;
}
