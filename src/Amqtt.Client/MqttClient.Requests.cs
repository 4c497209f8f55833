using Amqtt.Client.Connections;
using Amqtt.Client.Requests;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Client;

/// <summary>Request and response, and authentication.</summary>
public sealed partial class MqttClient
{
    /// <summary>Publishes a request and waits for its answer (5.0): response topic and correlation data are the client's business.</summary>
    /// <param name="topic">The topic that is served.</param>
    /// <param name="payload">The request.</param>
    /// <param name="timeout">How long to wait for everything; null = as long as it takes.</param>
    /// <param name="qos">The QoS; null = what the options say for the topic.</param>
    /// <param name="options">Properties.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    /// <exception cref="ClientException">The protocol version has no requests; no connection, and none will come.</exception>
    public async Task<ReceivedMessage> RequestAsync(
        string topic, ReadOnlyMemory<byte> payload, TimeSpan? timeout = null, QoS? qos = null, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_options.ProtocolVersion != ProtocolVersion.V5)
            throw new ClientException("Requests need MQTT 5.0: earlier versions have no response topic.");
        using var limit = new Limit(timeout, _services.Time, cancellationToken);
        return await limit.Run(_ => new ValueTask<ReceivedMessage>(_requester.SendAsync(topic, payload, qos, options ?? Plain, limit)));
    }

    /// <summary>Answers a request: publishes to its response topic, with its correlation data.</summary>
    /// <param name="request">The request.</param>
    /// <param name="payload">The answer.</param>
    /// <param name="qos">The QoS; null = that of the request.</param>
    /// <param name="options">Properties.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClientException">It is no request: it names no response topic.</exception>
    public ValueTask<PublishResult> RespondAsync(
        ReceivedMessage request, ReadOnlyMemory<byte> payload, QoS? qos = null, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Properties.ResponseTopic is not { } topic)
            throw new ClientException("The message is no request: it names no response topic.");
        var own = (options ?? Plain).Properties;
        var properties = new MqttProperties
        {
            PayloadFormatIndicator = own.PayloadFormatIndicator,
            MessageExpiryInterval = own.MessageExpiryInterval,
            ContentType = own.ContentType,
            UserProperties = own.UserProperties,
            CorrelationData = request.Properties.CorrelationData,
        };
        return PublishAsync(topic, payload, qos ?? request.QoS, retain: false, (options ?? Plain) with { Properties = properties }, cancellationToken);
    }

    /// <summary>Authenticates again on the connection that is up (5.0, section 4.12.1), with the method of <see cref="ClientServices.Authentication"/>.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClientException">There is no method, no connection, or the broker ends the connection.</exception>
    public async Task ReauthenticateAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var method = _services.Authentication ?? throw new ClientException("There is no method of authentication: set ClientServices.Authentication.");
        var connection = await _supervisor.GetAsync(lost: null, cancellationToken);
        await new Reauthentication(_gate, connection, method).RunAsync(cancellationToken);
    }
}
