using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins.Testing;

/// <summary>
/// A client over a stream in memory that does what a well-behaved client does: it acknowledges what it receives and waits for the answer to what it sends.
/// Every wait ends after 30 s of real time with a <see cref="PluginTestException"/>. Any thread.
/// </summary>
public sealed partial class PluginTestClient : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Task _served;
    private readonly ProtocolVersion _version;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Channel<PublishPacket> _messages = Channel.CreateUnbounded<PublishPacket>();
    private readonly ConcurrentDictionary<(PacketType Type, ushort Id), TaskCompletionSource<MqttPacket>> _answers = new();
    private Task _reading = Task.CompletedTask;
    private int _lastPacketId;

    internal PluginTestClient(Stream stream, Task served, ConnectPacket connect, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? answer)
    {
        _stream = stream;
        _served = served;
        _version = connect.Version;
        _method = connect.Properties.AuthenticationMethod;
        _answer = answer;
        ClientId = connect.ClientId;
    }

    /// <summary>The client identifier.</summary>
    public string ClientId { get; }

    /// <summary>The DISCONNECT that the broker has sent, or null.</summary>
    public DisconnectPacket? Disconnect { get; private set; }

    /// <summary>Whether the connection has ended.</summary>
    public bool HasEnded => _messages.Reader.Completion.IsCompleted || _reading.IsCompleted;

    /// <summary>Publishes text and waits until the exchange of its QoS is over.</summary>
    /// <inheritdoc cref="PublishAsync(string, ReadOnlyMemory{byte}, QoS, bool, MqttProperties?)"/>
    public Task<ReasonCode> PublishAsync(string topic, string payload, QoS qos = QoS.AtMostOnce, bool retain = false, MqttProperties? properties = null) =>
        PublishAsync(topic, Encoding.UTF8.GetBytes(payload), qos, retain, properties);

    /// <summary>Publishes and waits until the exchange of its QoS is over.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="qos">The QoS.</param>
    /// <param name="retain">The RETAIN flag.</param>
    /// <param name="properties">The properties; MQTT 5 only.</param>
    /// <returns>What the broker said of it; always success for QoS 0 and before MQTT 5.</returns>
    /// <exception cref="PluginTestException">The connection was closed, or no answer came.</exception>
    public async Task<ReasonCode> PublishAsync(string topic, ReadOnlyMemory<byte> payload, QoS qos = QoS.AtMostOnce, bool retain = false, MqttProperties? properties = null)
    {
        if (qos != QoS.AtMostOnce) return (await TryPublishAsync(topic, payload, qos, retain, properties)).Reason;
        await SendAsync(new PublishPacket { Topic = topic, Payload = payload, Retain = retain, Properties = properties ?? MqttProperties.Empty });
        return ReasonCode.Success;
    }

    /// <summary>Publishes text and hands back the answer: a refusal has its reason and text.</summary>
    /// <inheritdoc cref="TryPublishAsync(string, ReadOnlyMemory{byte}, QoS, bool, MqttProperties?)"/>
    public Task<AckPacket> TryPublishAsync(string topic, string payload, QoS qos = QoS.AtLeastOnce, bool retain = false, MqttProperties? properties = null) =>
        TryPublishAsync(topic, Encoding.UTF8.GetBytes(payload), qos, retain, properties);

    /// <summary>Publishes and hands back the answer: a refusal has its reason and text. The exchange of the QoS is over then.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="qos">The QoS: 1 or 2, since 0 has no answer.</param>
    /// <param name="retain">The RETAIN flag.</param>
    /// <param name="properties">The properties; MQTT 5 only.</param>
    /// <returns>PUBACK, or PUBREC of QoS 2.</returns>
    /// <exception cref="PluginTestException">The connection was closed, or no answer came.</exception>
    public async Task<AckPacket> TryPublishAsync(string topic, ReadOnlyMemory<byte> payload, QoS qos = QoS.AtLeastOnce, bool retain = false, MqttProperties? properties = null)
    {
        if (qos == QoS.AtMostOnce) throw new ArgumentOutOfRangeException(nameof(qos), qos, "A message of QoS 0 is not answered.");
        var id = NextPacketId();
        var publish = new PublishPacket { Topic = topic, Payload = payload, QoS = qos, Retain = retain, PacketId = id, Properties = properties ?? MqttProperties.Empty };
        if (qos == QoS.AtLeastOnce) return await AskAsync<PubAckPacket>(publish, PacketType.PubAck, id);
        var received = await AskAsync<PubRecPacket>(publish, PacketType.PubRec, id);
        if (!received.Reason.IsError()) await AskAsync<PubCompPacket>(new PubRelPacket { PacketId = id }, PacketType.PubComp, id);
        return received;
    }

    /// <summary>Subscribes to one filter.</summary>
    /// <param name="filter">The topic filter.</param>
    /// <param name="qos">The QoS to ask for.</param>
    /// <returns>The granted QoS or the refusal, as SUBACK has it.</returns>
    public async Task<ReasonCode> SubscribeAsync(string filter, QoS qos = QoS.ExactlyOnce) =>
        (await SubscribeAsync(new SubscriptionRequest(filter, new SubscriptionOptions { QoS = qos }))).Reasons[0];

    /// <summary>Subscribes to several filters at once, or with options of the test's own.</summary>
    /// <param name="subscriptions">The filters with their options.</param>
    /// <returns>The SUBACK: a reason for each filter in their order, and the properties.</returns>
    public Task<SubAckPacket> SubscribeAsync(params SubscriptionRequest[] subscriptions)
    {
        var id = NextPacketId();
        return AskAsync<SubAckPacket>(new SubscribePacket { PacketId = id, Subscriptions = subscriptions }, PacketType.SubAck, id);
    }

    /// <summary>Unsubscribes from one filter.</summary>
    /// <param name="filter">The topic filter.</param>
    /// <returns>What UNSUBACK says; success before MQTT 5.</returns>
    public async Task<ReasonCode> UnsubscribeAsync(string filter) => (await UnsubscribeAsync([filter])).Reasons is [var reason, ..] ? reason : ReasonCode.Success;

    /// <summary>Unsubscribes from several filters at once.</summary>
    /// <param name="filters">The topic filters.</param>
    /// <returns>The UNSUBACK: a reason for each filter in their order, none before MQTT 5, and the properties.</returns>
    public Task<UnsubAckPacket> UnsubscribeAsync(params string[] filters)
    {
        var id = NextPacketId();
        return AskAsync<UnsubAckPacket>(new UnsubscribePacket { PacketId = id, Filters = filters }, PacketType.UnsubAck, id);
    }

    /// <summary>The next message that the client receives.</summary>
    public async Task<PublishPacket> ReceiveAsync()
    {
        try
        {
            return await Patience.WaitAsync(_messages.Reader.ReadAsync().AsTask(), () => $"for a message to client '{ClientId}'; none came");
        }
        catch (ChannelClosedException exception)
        {
            throw Closed(exception);
        }
    }

    /// <summary>The next message must be this one.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="payload">Its payload as text.</param>
    /// <returns>The message, for what else is to be looked at.</returns>
    /// <exception cref="PluginTestException">Another message came, or none.</exception>
    public async Task<PublishPacket> ExpectAsync(string topic, string payload)
    {
        var message = await ReceiveAsync();
        var text = Encoding.UTF8.GetString(message.Payload.Span);
        return message.Topic == topic && text == payload
            ? message
            : throw new PluginTestException($"Expected a message to '{topic}' with '{payload}' for client '{ClientId}', but this came: {message} with '{text}'");
    }

    /// <summary>Nothing is on its way to the client: sends PINGREQ, and no message may come before the answer.</summary>
    /// <remarks>A message about which a plugin is still being asked is not on its way yet: wait for that call first (<see cref="PluginTestHost.Calls"/>).</remarks>
    /// <exception cref="PluginTestException">There was a message.</exception>
    public async Task ExpectNothingAsync()
    {
        await AskAsync<PingRespPacket>(PingReqPacket.Instance, PacketType.PingResp, 0);
        if (_messages.Reader.TryRead(out var message)) throw new PluginTestException($"Expected no message to client '{ClientId}', but this came: {message}");
    }

    /// <summary>Sends DISCONNECT and waits for the end of the connection.</summary>
    /// <param name="reason">The reason; MQTT 5 only.</param>
    public async Task DisconnectAsync(ReasonCode reason = ReasonCode.Success)
    {
        await SendAsync(new DisconnectPacket { Reason = reason });
        await DisposeAsync();
    }

    /// <summary>Waits until the broker has ended the connection; <see cref="Disconnect"/> says why, if the broker did.</summary>
    public Task WaitForEndAsync() => Patience.WaitAsync(EndAsync(), () => $"for the broker to end the connection of client '{ClientId}'");

    /// <summary>Closes the connection without a word, as a client does that fails, and waits until the broker has noticed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await WaitForEndAsync();
        _sending.Dispose();
    }

    internal async Task<ConnAckPacket> OpenAsync(ConnectPacket connect)
    {
        var answer = Expect(PacketType.ConnAck, 0);
        _reading = Task.Run(ReadAllAsync);
        await SendAsync(connect);
        return (ConnAckPacket)await Patience.WaitAsync(answer, () => $"for CONNACK to client '{ClientId}'");
    }

    private ushort NextPacketId() => (ushort)((Interlocked.Increment(ref _lastPacketId) - 1) % ushort.MaxValue + 1);

    private async Task<T> AskAsync<T>(MqttPacket question, PacketType answer, ushort id)
        where T : MqttPacket
    {
        var expected = Expect(answer, id);
        await SendAsync(question);
        return (T)await Patience.WaitAsync(expected, () => $"for {answer} to client '{ClientId}' after {question}");
    }

    private Task<MqttPacket> Expect(PacketType type, ushort id)
    {
        var answer = new TaskCompletionSource<MqttPacket>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[(type, id)] = answer;
        if (_messages.Reader.Completion.IsCompleted) answer.TrySetException(Closed(null));
        return answer.Task;
    }

    private async Task SendAsync(MqttPacket packet)
    {
        var bytes = PacketCodec.Encode(packet, _version);
        await _sending.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        catch (IOException exception)
        {
            throw Closed(exception);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAllAsync()
    {
        var buffer = new byte[4096];
        var filled = 0;
        try
        {
            while (true)
            {
                if (filled == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
                var read = await _stream.ReadAsync(buffer.AsMemory(filled));
                if (read == 0) return;
                filled += read;
                var taken = 0;
                while (TryDecode(buffer.AsSpan(taken, filled - taken), out var packet, out var length))
                {
                    taken += length;
                    await OnPacketAsync(packet!);
                }

                buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
                filled -= taken;
            }
        }
        catch (ObjectDisposedException)
        {
            // The test has closed the client.
        }
        finally
        {
            _messages.Writer.TryComplete();
            foreach (var answer in _answers.Values) answer.TrySetException(Closed(null));
        }
    }

    private bool TryDecode(ReadOnlySpan<byte> bytes, out MqttPacket? packet, out int length)
    {
        packet = null;
        length = 0;
        if (!FrameHeader.TryRead(bytes, int.MaxValue, out var header) || bytes.Length < header.TotalLength) return false;
        packet = PacketCodec.Decode(_version, header.FirstByte, bytes[header.HeaderLength..header.TotalLength], PacketSender.Server);
        length = header.TotalLength;
        return true;
    }

    private async Task OnPacketAsync(MqttPacket packet)
    {
        switch (packet)
        {
            case PublishPacket publish:
                // Acknowledged first: what the test does with a message that it has seen comes after.
                if (publish.QoS == QoS.AtLeastOnce) await SendAsync(new PubAckPacket { PacketId = publish.PacketId });
                if (publish.QoS == QoS.ExactlyOnce) await SendAsync(new PubRecPacket { PacketId = publish.PacketId });
                _messages.Writer.TryWrite(publish);
                break;
            case PubRelPacket release:
                await SendAsync(new PubCompPacket { PacketId = release.PacketId });
                break;
            case AuthPacket { Reason: ReasonCode.ContinueAuthentication } challenge:
                await AnswerAsync(challenge);
                break;
            case DisconnectPacket disconnect:
                Disconnect = disconnect;
                break;
            default:
                if (_answers.TryRemove((packet.Type, IdOf(packet)), out var answer)) answer.TrySetResult(packet);
                break;
        }
    }

    private static ushort IdOf(MqttPacket packet) => packet switch
    {
        PubAckPacket ack => ack.PacketId,
        PubRecPacket received => received.PacketId,
        PubCompPacket complete => complete.PacketId,
        SubAckPacket subscribed => subscribed.PacketId,
        UnsubAckPacket unsubscribed => unsubscribed.PacketId,
        _ => 0,
    };

    private async Task<bool> EndAsync()
    {
        await _reading;
        await _served;
        return true;
    }

    private PluginTestException Closed(Exception? cause) =>
        new($"The connection of client '{ClientId}' is closed{(Disconnect is null ? "" : $": {Disconnect}")}.", cause);
}
