using System.Text;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Operations;

/// <content>Publishing, listening and retaining.</content>
internal sealed partial class BrokerOperations
{
    // What a PUBLISH of any receiver has room for beside topic, properties and payload.
    private const int LargestMessage = 268_435_455 - 64;

    private static readonly PublishOptions Ordinary = new();
    private static readonly ListenOptions AllOfOthers = new();

    // One loop for all messages of a caller: they stay in order whatever their topics.
    private Shard Publishing => broker.Shards[(int)((uint)string.GetHashCode(caller.Name, StringComparison.Ordinal) % (uint)broker.Shards.Length)];

    /// <inheritdoc/>
    public ValueTask<ReasonCode> PublishAsync(BrokerMessage message, PublishOptions? options = null, CancellationToken cancel = default)
    {
        options ??= Ordinary;
        Message kept = Encode(message, options, options.AsClient);
        if (options.ToClient is { } receiver) return Cancellable(SendAsync(receiver, kept, message.QoS, options), cancel);
        return Cancellable(options.AsClient is { } client ? PublishAsAsync(client, kept) : PublishOnAsync(Publishing, kept, session: null), cancel);
    }

    /// <inheritdoc/>
    public IDisposable Listen(string topicFilter, Func<HeardMessage, CancellationToken, ValueTask> handler, ListenOptions? options = null)
    {
        RequireFilter(topicFilter);
        ArgumentNullException.ThrowIfNull(handler);
        options ??= AllOfOthers;
        if (options.Capacity < 1) throw new ArgumentException("The lane needs room for at least one message.", nameof(options));
        if (SharedSubscription.IsShared(topicFilter)) throw new ArgumentException("A plugin listens for itself: the filter cannot be shared.", nameof(topicFilter));
        var listener = new PluginListener(broker, caller, Publishing, topicFilter, options, handler);
        listener.Start();
        return listener;
    }

    /// <inheritdoc/>
    public ValueTask<ReasonCode> RetainAsync(BrokerMessage message, CancellationToken cancel = default)
    {
        Message kept = Encode(message with { Retain = true }, Ordinary, publisher: null);
        // On the caller's loop, so that it comes before what the caller publishes next.
        return Cancellable(Publishing.Loop.RunAsync(() => Publishing.Publisher.Retain(kept) ? ReasonCode.Success : ReasonCode.QuotaExceeded, ReasonCode.ServerShuttingDown), cancel);
    }

    private static ValueTask<T> Cancellable<T>(Task<T> task, CancellationToken cancel) => new(cancel.CanBeCanceled ? task.WaitAsync(cancel) : task);

    private Message Encode(BrokerMessage message, PublishOptions options, string? publisher)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!TopicName.IsValid(message.Topic))
            throw new ArgumentException($"'{LogText.Escape(message.Topic)}' is not a topic name: 1 to 65,535 bytes without wildcards.", nameof(message));
        if (Encoding.UTF8.GetByteCount(message.Topic) + (long)message.Payload.Length > LargestMessage)
            throw new ArgumentException($"the message has {message.Payload.Length} bytes; no packet takes more than {LargestMessage}.", nameof(message));
        long expiresAt = message.Properties.MessageExpiryInterval is { } seconds ? broker.Clock.Now + (seconds * 1000L) : long.MaxValue;
        // Without a QoS the granted one counts, which is what QoS 2 comes to.
        return MessageEncoder.Encode(
            message.Topic, message.Payload, message.Properties, message.QoS ?? QoS.ExactlyOnce, message.Retain, expiresAt, publisher, caller.OriginFor(options));
    }

    private static Task<ReasonCode> PublishOnAsync(Shard shard, Message message, Session? session)
    {
        var done = new TaskCompletionSource<ReasonCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        shard.Loop.Post(new PublishWork(shard, message, session, done));
        return done.Task;
    }

    /// <summary>As a client's own publish: the event, the transforms, its permission, then the same way as any other, from the client's loop.</summary>
    private async Task<ReasonCode> PublishAsAsync(string clientId, Message message)
    {
        if (FindSession(clientId) is not Session session) return ReasonCode.ClientIdentifierNotValid;
        if (broker.Events.ObservesMessages) broker.Events.MessageReceived(clientId, message, session);
        return await PublishOnAsync(session.Shard, message, session);
    }

    private async Task<ReasonCode> SendAsync(string clientId, Message message, QoS? qos, PublishOptions options)
    {
        HookTable hooks = broker.Hooks;
        if (options.AsClient is { } publisher && !options.BypassFilters && !hooks.Topics.IsEmpty)
        {
            if (FindSession(publisher) is not Session session) return ReasonCode.ClientIdentifierNotValid;
            ulong scope = hooks.Scopes.OfTopic(message.Topic) & hooks.Scopes.OfListener(session.Listener);
            Verdict verdict = await hooks.Topics.FilterAsync(TopicAction.Publish, session, message.TopicText, message.QoS, message.Retain, scope: scope);
            if (!verdict.IsAllowed) return verdict.IsFault ? ReasonCode.ImplementationSpecificError : verdict.Reason ?? ReasonCode.NotAuthorized;
        }

        return await OnSessionAsync(
            clientId,
            session =>
            {
                var publication = new Publication(message);
                QoS granted = qos ?? session.Subscriptions.GrantedFor(message.Topic) ?? QoS.AtMostOnce;
                session.Outbox.Offer(ref publication, (QoS)Math.Min((int)granted, session.Limits.MaxQos), message.Retain, default);
                return ReasonCode.Success;
            },
            ReasonCode.ClientIdentifierNotValid,
            ReasonCode.ServerShuttingDown);
    }

    private sealed class PublishWork(Shard shard, Message message, Session? session, TaskCompletionSource<ReasonCode> done) : LoopWork
    {
        public override void Run(EventLoop loop)
        {
            loop.Watch(PublishAsync());
        }

        private async Task PublishAsync()
        {
            try
            {
                ReasonCode reason = await shard.Inbound.PublishAsync(message, session).On(shard.Loop);
                // A caller that awaits its publishes is slowed like a client while other loops cannot keep up.
                shard.Router.WhenRelieved(() => done.TrySetResult(reason));
            }
            catch (Exception fault)
            {
                done.TrySetException(fault);
            }
        }

        public override void Abandon() => done.TrySetResult(ReasonCode.ServerShuttingDown);
    }
}
