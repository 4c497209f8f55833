using System.Threading.Channels;
using Amqtt.Broker.Routing;
using Amqtt.Broker.Sessions;
using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Operations;

/// <summary>A plugin that subscribes as itself: a subscriber without a session, whose messages wait on a bounded lane for its handler.</summary>
internal sealed class PluginListener : Subscriber, IDisposable
{
    private const long LargestLane = 64 * 1024 * 1024;

    private readonly BrokerState _broker;
    private readonly Caller _caller;
    private readonly Shard _shard;
    private readonly ListenOptions _options;
    private readonly Func<HeardMessage, CancellationToken, ValueTask> _handler;
    private readonly Channel<Message> _lane = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
    private readonly CancellationTokenSource _ended;
    private int _waiting;
    private long _waitingBytes;
    private bool _isFull;
    private int _disposed;

    public PluginListener(BrokerState broker, Caller caller, Shard shard, string filter, ListenOptions options, Func<HeardMessage, CancellationToken, ValueTask> handler)
    {
        _broker = broker;
        _caller = caller;
        _shard = shard;
        _options = options;
        _handler = handler;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(caller.Stopping);
        Subscription = new Subscription(this, filter) { QoS = Protocol.QoS.ExactlyOnce };
    }

    /// <summary>What it listens to.</summary>
    public Subscription Subscription { get; }

    /// <inheritdoc/>
    public override int Loop => _shard.Loop.Index;

    /// <inheritdoc/>
    public override string ClientId => _caller.Name;

    /// <inheritdoc/>
    public override bool IsOnline => true;

    /// <inheritdoc/>
    public override bool IsInternal => true;

    /// <summary>Begins to listen.</summary>
    public void Start()
    {
        _broker.AddListener();
        _broker.Subscriptions.Add(Subscription);
        _ = Task.Run(ConsumeAsync);
        // A plugin that stops does not have to remember what it listens to.
        _ended.Token.UnsafeRegister(static listener => ((PluginListener)listener!).Dispose(), this);
    }

    /// <inheritdoc/>
    public override void Deliver(ref Publication publication, in Target target)
    {
        if (!Subscription.IsActive || !_caller.Hears(_shard.PluginGeneration) || (!_options.IncludeOwn && _caller.Owns(publication.Origin))) return;
        int size = publication.Payload.Length + publication.Topic.Length + publication.Properties.Length;
        if (Volatile.Read(ref _waiting) >= _options.Capacity || Volatile.Read(ref _waitingBytes) + size > LargestLane)
        {
            _shard.Counters.Dropped[(int)DropReason.QueueFull]++;
            if (!_isFull) _caller.HandlerIsSlow(Subscription.Filter);
            _isFull = true;
            return;
        }

        _isFull = false;
        Interlocked.Increment(ref _waiting);
        Interlocked.Add(ref _waitingBytes, size);
        _caller.Heard();
        if (!_lane.Writer.TryWrite(publication.AtRest())) _caller.Handled();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _broker.Subscriptions.Remove(Subscription);
        _broker.RemoveListener();
        _lane.Writer.TryComplete();
        TimeLimit.Forget(_ended.CancelAsync());
    }

    private async Task ConsumeAsync()
    {
        ChannelReader<Message> reader = _lane.Reader;
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out Message? message))
            {
                if (Volatile.Read(ref _disposed) == 0) await HandleAsync(new HeardMessage { Message = _broker.Events.Facts(message), ClientId = message.PublisherClientId });
                _caller.Handled();
                Interlocked.Decrement(ref _waiting);
                Interlocked.Add(ref _waitingBytes, -message.Size);
            }
        }
    }

    private async Task HandleAsync(HeardMessage message)
    {
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        try
        {
            ValueTask call = _handler(message, cancel.Token);
            if (!call.IsCompletedSuccessfully)
            {
                Task task = call.AsTask();
                if (!await TimeLimit.WaitAsync(task, _caller.HandlerTimeout, _broker.Clock.Time))
                {
                    TimeLimit.Forget(cancel.CancelAsync());
                    TimeLimit.Forget(task);
                    _caller.HandlerFailed(Subscription.Filter, fault: null);
                    return;
                }

                await task;
            }

            cancel.Dispose();
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // That is how it is told to end.
        }
        catch (Exception fault)
        {
            _caller.HandlerFailed(Subscription.Filter, fault);
        }
    }
}
