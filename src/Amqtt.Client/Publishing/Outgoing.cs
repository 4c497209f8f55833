using System.Threading.Tasks.Sources;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Publishing;

/// <summary>Where a message on its way to the broker is.</summary>
internal enum Stage
{
    /// <summary>Not sent yet.</summary>
    Waiting,

    /// <summary>PUBLISH was sent.</summary>
    Sent,

    /// <summary>PUBREC came and PUBREL was sent: the message is the broker's.</summary>
    Released,

    /// <summary>Its flow has ended, or its caller gave it up before it was sent.</summary>
    Ended,
}

/// <summary>A message on its way to the broker, and the task of whoever published it. Reused once its caller has read the result. The client's gate guards it.</summary>
internal sealed class Outgoing(OutgoingPool? pool) : InFlight, IValueTaskSource<PublishResult>
{
    private OutgoingPool? _pool = pool;

    // Continuations are the program's: they never run where acknowledgements are read.
    private ManualResetValueTaskSourceCore<PublishResult> _result = new() { RunContinuationsAsynchronously = true };

    public TopicEntry Topic { get; private set; } = null!;

    public ReadOnlyMemory<byte> Payload { get; private set; }

    public QoS QoS { get; private set; }

    public bool Retain { get; private set; }

    public MqttProperties Properties { get; private set; } = MqttProperties.Empty;

    /// <summary><see cref="Properties"/> as they go on the wire, without their length.</summary>
    public ReadOnlyMemory<byte> RawProperties { get; private set; }

    public Stage Stage { get; set; }

    /// <summary>It counts against the broker's Receive Maximum on this connection.</summary>
    public bool IsCounted { get; set; }

    /// <summary>Nobody waits for it any more: it lives in the session alone.</summary>
    public bool IsOrphan { get; private set; }

    /// <summary>It counts against the bounds of the offline queue.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The reason of PUBREC, kept until PUBCOMP.</summary>
    public ReasonCode Reason { get; set; }

    public MqttProperties AckProperties { get; set; } = MqttProperties.Empty;

    /// <summary>When it stops being worth sending, in the ticks of the client's clock; <see cref="long.MaxValue"/> = never.</summary>
    public long ExpiresAt { get; set; } = long.MaxValue;

    public ValueTask<PublishResult> Task => new(this, _result.Version);

    public Outgoing Set(TopicEntry topic, ReadOnlyMemory<byte> payload, QoS qos, bool retain, MqttProperties properties, ReadOnlyMemory<byte> raw)
    {
        Topic = topic;
        Payload = payload;
        QoS = qos;
        Retain = retain;
        Properties = properties;
        RawProperties = raw;
        Stage = Stage.Waiting;
        return this;
    }

    /// <summary>The flow has ended well, or the broker refused.</summary>
    public void Complete()
    {
        Stage = Stage.Ended;
        if (IsOrphan)
            return;
        if (Reason.IsError())
            _result.SetException(new PublishRefusedException(Reason, AckProperties));
        else
            _result.SetResult(Result());
    }

    /// <summary>The flow will not end.</summary>
    public void Fail(Exception error)
    {
        Stage = Stage.Ended;
        if (!IsOrphan)
            _result.SetException(error);
    }

    /// <summary>Its caller gets an error, but the message stays in the session.</summary>
    public void Orphan(Exception error)
    {
        if (IsOrphan)
            return;
        Keep();
        _result.SetException(error);
    }

    /// <summary>Its caller gave it up before it was sent.</summary>
    public void Forget()
    {
        Stage = Stage.Ended;
        Payload = default;
    }

    /// <summary>It is in more than one list, so it must not become another message when one of them is done with it.</summary>
    public void LeavePool() => _pool = null;

    /// <summary>Its caller no longer waits and may use the payload's memory for something else.</summary>
    public void Keep()
    {
        IsOrphan = true;
        Payload = Payload.ToArray();
    }

    public PublishResult Result() => new()
    {
        Topic = Topic.Text,
        Payload = Payload,
        QoS = QoS,
        Retain = Retain,
        PacketId = PacketId,
        Reason = Reason,
        Properties = Properties,
        AckProperties = AckProperties,
    };

    PublishResult IValueTaskSource<PublishResult>.GetResult(short token)
    {
        try
        {
            return _result.GetResult(token);
        }
        finally
        {
            // One that is still in the session cannot be used for another message.
            if (_pool is not null && !IsOrphan)
            {
                Reset();
                _pool.Return(this);
            }
        }
    }

    ValueTaskSourceStatus IValueTaskSource<PublishResult>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<PublishResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _result.OnCompleted(continuation, state, token, flags);

    private void Reset()
    {
        _result.Reset();
        Topic = null!;
        Payload = default;
        Properties = AckProperties = MqttProperties.Empty;
        RawProperties = default;
        Reason = ReasonCode.Success;
        IsCounted = false;
        PacketId = 0;
        ExpiresAt = long.MaxValue;
    }
}

/// <summary>Keeps some of them for reuse. Safe on any thread.</summary>
internal sealed class OutgoingPool
{
    private const int Most = 1024;
    private readonly Stack<Outgoing> _free = new();
    private readonly Lock _gate = new();

    public Outgoing Rent()
    {
        lock (_gate)
        {
            if (_free.TryPop(out var free))
                return free;
        }

        return new(this);
    }

    public void Return(Outgoing outgoing)
    {
        lock (_gate)
        {
            if (_free.Count < Most)
                _free.Push(outgoing);
        }
    }
}
