using Amqtt.Broker.Configuration;
using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Broker.Connections;

/// <summary>
/// One client's connection: cuts the bytes into packets, hands each to the class that knows what it means, and ends the connection once, for whatever cause.
/// On its loop, which changes at most once, when the client id is known.
/// </summary>
internal sealed partial class Connection : IChannelHandler, IClientLink
{
    private readonly ConnectHandler _connect;
    private readonly PublishHandler _publish;
    private readonly SubscribeHandler _subscribe;
    private readonly Watchdog _watchdog;
    private readonly Place _place;
    private readonly DecoderLimits _decoderLimits;
    private Phase _phase = Phase.AwaitingConnect;
    private LoopTimer? _credentialTimer;
    private EnhancedExchange? _exchange;
    private bool _operationPending;
    private OwedAnswers _owed;

    /// <param name="shard">The loop that accepted it.</param>
    /// <param name="channel">Its bytes.</param>
    /// <param name="listener">The listener's effective options.</param>
    /// <param name="place">What it occupies; left once, on its loop, when it has ended.</param>
    public Connection(Shard shard, Channel channel, ListenerOptions listener, Place place)
    {
        Shard = shard;
        Channel = channel;
        Limits = listener.Limits;
        Refusals = shard.Broker.RefusalsOf(listener.Name);
        _place = place;
        channel.RoundBytes = Limits.MaxRoundBytes;
        _decoderLimits = new DecoderLimits { MaxUserProperties = Limits.MaxUserProperties, MaxUserPropertyBytes = Limits.MaxUserPropertyBytes };
        _connect = new ConnectHandler(this, listener, place.Admission);
        _publish = new PublishHandler(this);
        _subscribe = new SubscribeHandler(this);
        _watchdog = new Watchdog(this, listener);
        MaximumIncomingSize = Limits.MaxConnectPacketSize;
        channel.Handler = this;
    }

    private enum Phase
    {
        AwaitingConnect,
        Connecting,
        Authenticating, // the next packet must be AUTH [MQTT-3.1.2-30]
        Connected,
        Ended,
    }

    /// <inheritdoc/>
    public Channel Channel { get; }

    /// <inheritdoc/>
    public ProtocolVersion Version { get; private set; } = ProtocolVersion.V311;

    /// <summary>Whether the client is a bridge before MQTT 5. See <see cref="ConnectPacket.IsBridge"/>.</summary>
    public bool IsBridge { get; private set; }

    /// <inheritdoc/>
    public uint MaximumPacketSize { get; private set; } = uint.MaxValue;

    /// <inheritdoc/>
    public int SendQuota { get; private set; }

    /// <inheritdoc/>
    public OutgoingAliases? Aliases { get; private set; }

    /// <summary>The loop it is on, and what that owns.</summary>
    public Shard Shard { get; private set; }

    /// <summary>The bounds of its listener, or those that an auth plugin granted.</summary>
    public LimitOptions Limits { get; private set; }

    /// <inheritdoc/>
    public TopicPrefix? Prefix { get; private set; }

    /// <summary>What has been refused on its listener.</summary>
    public Refusals Refusals { get; }

    /// <summary>The session; null until the client was accepted.</summary>
    public Session? Session { get; private set; }

    /// <summary>What all loops share.</summary>
    public BrokerState Broker => Shard.Broker;

    /// <summary>Whether the client wants to be told more than the code of an outcome [MQTT-3.1.2-29].</summary>
    public bool WantsReasons { get; private set; } = true;

    /// <summary>Its enhanced authentication.</summary>
    public EnhancedExchange Exchange => _exchange ??= new EnhancedExchange(this, _connect);

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _phase == Phase.Ended;

    /// <summary>Whether the client has been accepted.</summary>
    public bool IsConnected => _phase == Phase.Connected;

    /// <summary>Whether a packet of the client waits for a plugin; nothing more is read meanwhile.</summary>
    public bool IsBusy => _operationPending;

    /// <summary>When the last complete packet came (loop milliseconds).</summary>
    public long LastReceived { get; private set; }

    /// <summary>The largest packet taken now: less before the client is known.</summary>
    public int MaximumIncomingSize { get; private set; }

    /// <summary>Starts reading, and the time for a complete CONNECT.</summary>
    public void Start()
    {
        Shard.Links.Add(this);
        _watchdog.AwaitConnect(_place);
        Channel.Start();
        if (Broker.IsShuttingDown) Disconnect(ReasonCode.ServerShuttingDown); // the others have been told, and it was not among them
    }

    /// <inheritdoc/>
    public int OnReceived(ReadOnlySpan<byte> bytes)
    {
        int at = 0, start = 0;
        try
        {
            while (_phase != Phase.Ended && !_operationPending)
            {
                start = at;
                ReadOnlySpan<byte> rest = bytes[at..];
                if (_phase == Phase.AwaitingConnect && !MayBeConnect(rest)) break;
                if (!FrameHeader.TryRead(rest, MaximumIncomingSize, out FrameHeader header)) break;
                if (rest.Length < header.TotalLength)
                {
                    if (_phase == Phase.Connected) header.ValidateFlags(Version); // what the header alone refuses need not arrive
                    break;
                }

                at += header.TotalLength;
                OnPacket(header, rest.Slice(header.HeaderLength, header.RemainingLength));
                if (_phase == Phase.Connected && !_operationPending && (_owed.Hold(Channel, Limits.ReceiveMaximum) || _publish.MustGiveWay())) break;
            }
        }
        catch (CodecException wrong)
        {
            OnCodecError(wrong, isTooLarge: at == start && wrong.Reason == ReasonCode.PacketTooLarge);
        }

        if (at > 0) LastReceived = Channel.Loop.Now;
        Channel.Loop.BytesReceived += at;
        _publish.EndOfRead();
        return at;
    }

    /// <inheritdoc/>
    public void OnDrained() => Session?.Outbox.Pump();

    /// <inheritdoc/>
    public void OnClosed() => End(DisconnectCause.ConnectionLost, reason: null, sendWill: true);

    /// <inheritdoc/>
    public void OnFault(Exception fault)
    {
        BrokerLog.ConnectionFailed(Broker.Log, fault, LogText.Escape(Session?.ClientId), Channel.Peer);
        Fail(ReasonCode.ImplementationSpecificError, "internal error", DisconnectCause.ProtocolError);
    }

    /// <summary>The client has been accepted: from now on it is connected, under these conditions.</summary>
    public void Established(Session session, Admitted admitted)
    {
        ConnectConditions conditions = admitted.Conditions;
        Session = session;
        SendQuota = conditions.SendQuota;
        if (conditions.OutgoingTopicAliases > 0) Aliases = new OutgoingAliases(conditions.OutgoingTopicAliases, Limits.TopicAliasBytes);
        Limits = admitted.Limits;
        Prefix = admitted.Prefix;
        WantsReasons = admitted.Connect.Properties.RequestProblemInformation != false;
        MaximumIncomingSize = Limits.MaxPacketSize;
        LastReceived = Channel.Loop.Now;
        _phase = Phase.Connected;
        _publish.Configure(conditions.ReceiveMaximum, conditions.TopicAliasMaximum);
        _watchdog.KeepAlive(conditions.KeepAlive);
        ExpireAt(admitted.Granted.CredentialExpiry);
        Shard.Counters.Connected++;
        Broker.ClientConnected();
    }

    /// <summary>What the client speaks and the largest packet it takes, known before it is accepted, so that a refusal can be read.</summary>
    public void Speak(ProtocolVersion version, uint? maximumPacketSize = null, bool isBridge = false)
    {
        Version = version;
        IsBridge = isBridge;
        MaximumPacketSize = maximumPacketSize ?? uint.MaxValue;
    }

    /// <summary>The client is to go on with its authentication, if it could be told.</summary>
    public void AwaitAuth()
    {
        if (!HasEnded) _phase = Phase.Authenticating;
    }

    /// <summary>The client is disconnected at this time, unless it authenticates again; null = never.</summary>
    public void ExpireAt(DateTimeOffset? expiry)
    {
        _credentialTimer?.Cancel();
        if (expiry is not { } at) return;
        _credentialTimer ??= new TimedCallback(() => Fail(ReasonCode.NotAuthorized, "the credential has expired", DisconnectCause.CredentialExpired));
        double left = (at - Broker.Clock.Time.GetUtcNow()).TotalMilliseconds;
        Channel.Loop.Timers.Schedule(_credentialTimer, Channel.Loop.Clock.Now + (long)Math.Max(left, 0));
    }

    /// <summary>Goes on with the loop that owns the client id.</summary>
    public async ValueTask MoveToAsync(Shard target)
    {
        if (target == Shard) return;
        // The caller may be the channel's own read (a plugin can answer at once), which has to be over before another loop touches the channel.
        await Channel.Loop.NextTurn();
        if (HasEnded) return;
        _watchdog.Cancel();
        Shard.Links.Remove(this);
        Shard = target;
        await Channel.MoveTo(target.Loop);
        if (!HasEnded) Shard.Links.Add(this);
    }

    /// <summary>Runs what may have to wait for a plugin; meanwhile nothing more is read from this client, and everyone else goes on.</summary>
    public void Perform(Task operation)
    {
        if (operation.IsCompleted)
        {
            operation.GetAwaiter().GetResult();
            return;
        }

        _operationPending = true;
        Channel.Pause();
        Channel.Loop.Watch(FinishAsync(operation));
    }

    private void OnPacket(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        Shard.Counters.PacketsReceived++;
        if (_phase != Phase.Connected)
        {
            if (_phase == Phase.Authenticating) OnAuth(header, body);
            else OnFirstPacket(header, body);
            return;
        }

        header.ValidateFlags(Version);
        // Before anybody looks into it: its password is nobody's business.
        if (header.Type == PacketType.Connect) throw new CodecException(ReasonCode.ProtocolError, "a second CONNECT on one connection"); // [MQTT-3.1.0-2]
        if (Shard.Events.ObservesReceived) Shard.Events.PacketReceived(Decode(header, body), Session);
        switch (header.Type)
        {
            case PacketType.Publish:
                _publish.OnPublish(header, body);
                break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubComp:
                AckFrame ack = AckFrame.Parse(Version, header.Type, body);
                Session!.Outbox.Acknowledged(header.Type, ack.PacketId, ack.Reason);
                break;
            case PacketType.PubRel:
                _publish.OnPubRel(AckFrame.Parse(Version, PacketType.PubRel, body).PacketId);
                break;
            case PacketType.Subscribe:
                Perform(_subscribe.SubscribeAsync((SubscribePacket)Decode(header, body)));
                break;
            case PacketType.Unsubscribe:
                Perform(_subscribe.UnsubscribeAsync((UnsubscribePacket)Decode(header, body)));
                break;
            case PacketType.PingReq:
                Decode(header, body);
                Send(new PingRespPacket());
                break;
            case PacketType.Auth:
                Perform(Exchange.AuthenticateAgainAsync((AuthPacket)Decode(header, body)));
                break;
            case PacketType.Disconnect:
                Perform(OnDisconnectAsync((DisconnectPacket)Decode(header, body)));
                break;
            default:
                Decode(header, body); // what is malformed besides is said to be that
                throw new CodecException(ReasonCode.ProtocolError, $"{header.Type} is not for a client to send on an established connection");
        }
    }

    /// <summary>Whoever does not begin with a CONNECT may not even speak MQTT, and gets no answer [MQTT-3.1.0-1]; nor a wait for a length it did not mean.</summary>
    private bool MayBeConnect(ReadOnlySpan<byte> bytes)
    {
        // The flags are the decoder's to judge, since in 3.1 they mean nothing; but TLS begins with 0x16, which would be one with QoS 3.
        const byte Connect = (byte)PacketType.Connect << 4, QoS3 = 0x06;
        if (bytes.IsEmpty || ((bytes[0] & 0xF0) == Connect && (bytes[0] & QoS3) != QoS3)) return true;
        Shard.Counters.ProtocolErrors++;
        _connect.RefuseStranger();
        return false;
    }

    private void OnFirstPacket(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        var connect = (ConnectPacket)PacketCodec.Decode(ProtocolVersion.V5, header.FirstByte, body, PacketSender.Client, _decoderLimits);
        _phase = Phase.Connecting;
        if (Shard.Events.ObservesReceived) Shard.Events.ConnectReceived(connect);
        Perform(_connect.AcceptAsync(connect));
    }

    private void OnAuth(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        switch (Decode(header, body))
        {
            case AuthPacket auth:
                _phase = Phase.Connecting;
                Perform(Exchange.ContinueAsync(auth));
                break;
            case DisconnectPacket:
                Refuse(); // the client has changed its mind
                break;
            default:
                throw new CodecException(ReasonCode.ProtocolError, $"{header.Type} before the authentication is over; expected AUTH or DISCONNECT");
        }
    }

    private async Task OnDisconnectAsync(DisconnectPacket disconnect)
    {
        uint? seconds = disconnect.Properties.SessionExpiryInterval;
        if (seconds is not null and not 0 && !Session!.IsPersistent)
            throw new CodecException(ReasonCode.ProtocolError, "DISCONNECT raises a session expiry interval that CONNECT set to 0");

        // [MQTT-3.14.4-3]: only a normal disconnection discards the will.
        var edits = new DisconnectEdits(SendWill: disconnect.Reason != ReasonCode.Success, seconds is { } asked ? ConnectConditions.ExpiryOf(asked, Limits) : null);
        edits = await DisconnectTransform.RunAsync(this, disconnect, edits);
        if (HasEnded) return;
        if (edits.SessionExpiryInterval is { } expiry && Session!.TryChangeExpiry(ConnectConditions.Within(expiry, Limits)) is { } full) Refusals.Count(full);
        End(DisconnectCause.ClientDisconnect, disconnect.Reason, edits.SendWill);
    }

    private void OnCodecError(CodecException wrong, bool isTooLarge = false)
    {
        Shard.Counters.ProtocolErrors++;
        Broker.Security.MalformedPacket(Session?.ClientId, Channel.Peer, wrong.Message);
        if (_phase == Phase.Connected) Fail(wrong.Reason, wrong.Message, DisconnectCause.ProtocolError, refusal: Refusals.Of(wrong, isTooLarge));
        else _connect.RefuseMalformed(wrong, isTooLarge);
    }

    private MqttPacket Decode(in FrameHeader header, ReadOnlySpan<byte> body) => PacketCodec.Decode(Version, header.FirstByte, body, PacketSender.Client, _decoderLimits);

    private async Task FinishAsync(Task operation)
    {
        bool wasConnected = IsConnected;
        try
        {
            await operation.On(Channel);
        }
        catch (CodecException wrong)
        {
            OnCodecError(wrong);
        }
        catch (Exception fault)
        {
            OnFault(fault);
        }

        _operationPending = false;
        if (wasConnected) LastReceived = Channel.Loop.Now; // the silence was ours
        Channel.Resume();
    }
}
