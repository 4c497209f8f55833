using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using Amqtt.Client.Configuration;
using Amqtt.Client.Plugins;
using Amqtt.Client.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Tls;

namespace Amqtt.Client.Connections;

/// <summary>Makes one attempt to connect: asks plugins and program, then goes through the brokers until one accepts.</summary>
internal sealed class Connector(ClientHooks hooks, ClientServices services)
{
    // Where the last connection was: a client that comes back tries that broker first.
    private int _first;

    /// <summary>What the last attempt used.</summary>
    public ClientConnectOptions? LastAttempt { get; private set; }

    /// <summary>The outcome of an attempt that succeeded.</summary>
    internal sealed record Attempt(Handshake.Result Handshake, ClientConnectOptions Options, Negotiated Limits, PacketWatcher Watcher);

    /// <summary>Connects.</summary>
    /// <param name="options">Options with the arguments of the connect in them.</param>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="cleanStart">Clean Start or Clean Session.</param>
    /// <param name="number">The number of the attempt, from 1.</param>
    /// <param name="isReconnect">Whether the client was connected before.</param>
    /// <param name="headers">Headers for a WebSocket.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ConnectException">It failed.</exception>
    public async Task<Attempt> ConnectAsync(
        ClientOptions options, string clientId, bool cleanStart, int number, bool isReconnect, IReadOnlyDictionary<string, string> headers, CancellationToken cancel)
    {
        string[] uris = [options.Connection.Uri, .. options.Servers];
        ConnectException? last = null;
        for (var i = 0; i < uris.Length; i++)
        {
            var index = (_first + i) % uris.Length;
            var broker = BrokerUri.Parse(uris[index]);
            try
            {
                var attempt = await TryAsync(options, broker, clientId, cleanStart, number, isReconnect, headers, cancel);
                _first = index;
                return attempt;
            }
            catch (ConnectException failure)
            {
                last = last is { IsPermanent: false } ? last : failure;
            }
        }

        throw last!;
    }

    private async Task<Attempt> TryAsync(
        ClientOptions options, BrokerUri broker, string clientId, bool cleanStart, int number, bool isReconnect, IReadOnlyDictionary<string, string> headers, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(options.ConnectionTimeout, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        Stream? stream = null;
        try
        {
            var wanted = await AskAsync(ConnectPackets.Describe(options, broker, clientId, cleanStart, headers), number, isReconnect, either.Token);
            LastAttempt = wanted;
            ConnectPackets.Check(wanted);
            var target = BrokerUri.Parse(wanted.Broker.OriginalString);
            using var tls = target.IsTls ? ClientTls.Load(options, services.Time) : null;
            stream = await StreamOpener.OpenAsync(target, wanted.Headers, tls, either.Token);
            var packet = await ConnectPackets.MakeAsync(wanted, services.Authentication, either.Token);
            var watcher = new PacketWatcher(hooks, wanted.ProtocolVersion);
            var result = await new Handshake(stream, packet, services.Authentication, options.MaximumPacketSize, watcher).RunAsync(either.Token);
            return new(result, wanted, Negotiated.From(options, wanted.ProtocolVersion, wanted.KeepAlive, result.Answer.Properties), watcher);
        }
        catch (Exception error)
        {
            if (stream is not null)
                await stream.DisposeAsync();
            cancel.ThrowIfCancellationRequested();
            throw Explain(error, broker, options, timeout.IsCancellationRequested);
        }
    }

    private async ValueTask<ClientConnectOptions> AskAsync(ClientConnectOptions options, int number, bool isReconnect, CancellationToken cancel)
    {
        var context = new ConnectingContext(options, number, isReconnect);
        await hooks.ConnectingAsync(context, cancel);
        return services.Connecting is { } program ? await program(context, cancel) : context.Options;
    }

    private static ConnectException Explain(Exception error, BrokerUri broker, ClientOptions options, bool timedOut) => error switch
    {
        ConnectException known => known,
        _ when timedOut => new($"{broker}: no connection within {options.ConnectionTimeout.TotalSeconds:0.###} s.", error),
        SocketException socket => new($"{broker}: {socket.Message}.", error),
        AuthenticationException => new($"{broker}: the TLS handshake failed: {error.Message}", error) { IsPermanent = true },
        TlsException => new(error.Message, error) { IsPermanent = true },
        WebSocketException { InnerException: HttpRequestException { InnerException: AuthenticationException tls } } => new($"{broker}: the TLS handshake failed: {tls.Message}", error) { IsPermanent = true },
        WebSocketException => new($"{broker}: the WebSocket handshake failed: {error.Message}{(error.InnerException is { } inner ? $" ({inner.Message})" : "")}", error),
        CodecException => new($"{broker}: the broker sent something that is not allowed: {error.Message}", error),
        ClientException => new(error.Message, error) { IsPermanent = true },
        PluginException => new(error.Message, error),
        _ => new($"{broker}: {error.Message}", error),
    };
}

/// <summary>Makes CONNECT.</summary>
internal static class ConnectPackets
{
    public static ClientConnectOptions Describe(ClientOptions options, BrokerUri broker, string clientId, bool cleanStart, IReadOnlyDictionary<string, string> headers) => new()
    {
        Broker = broker.Address,
        ProtocolVersion = options.ProtocolVersion,
        ClientId = clientId,
        UserName = broker.UserName ?? options.Username,
        Password = (broker.Password ?? (broker.UserName is null ? options.Password?.Reveal() : null)) is { } password ? System.Text.Encoding.UTF8.GetBytes(password) : default(ReadOnlyMemory<byte>?),
        CleanStart = cleanStart,
        KeepAlive = (ushort)options.KeepAlive.TotalSeconds,
        Will = options.Will?.ToPacket(),
        Headers = headers,
        Properties = options.ProtocolVersion != ProtocolVersion.V5 ? MqttProperties.Empty : new()
        {
            SessionExpiryInterval = SessionExpiry(options) is > 0 and var seconds ? seconds : null,
            ReceiveMaximum = (ushort)options.ReceiveMaximum,
            MaximumPacketSize = (uint)options.MaximumPacketSize,
            TopicAliasMaximum = options.TopicAliasMaximum > 0 ? (ushort)options.TopicAliasMaximum : null,
            UserProperties = [.. options.UserProperties.Select(pair => new UserProperty(pair.Key, pair.Value))],
        },
    };

    /// <summary>What no broker would take, and what trying again cannot cure.</summary>
    /// <exception cref="ClientException">There is a password without a user name, which the version does not allow.</exception>
    public static void Check(ClientConnectOptions options)
    {
        if (options is { Password: not null, UserName: null, ProtocolVersion: not ProtocolVersion.V5 })
            throw new ClientException("A password without a user name is for MQTT 5.0 only; expected a user name, too, or version 5.0."); // [MQTT-3.1.2-22] of 3.1.1
    }

    /// <summary>Seconds that the session outlives its connection.</summary>
    public static uint SessionExpiry(ClientOptions options) => options.SessionExpiryInterval switch
    {
        null => options.CleanSession ? 0 : uint.MaxValue,
        { } expiry when expiry == Timeout.InfiniteTimeSpan => uint.MaxValue,
        { } expiry => (uint)expiry.TotalSeconds,
    };

    public static async ValueTask<ConnectPacket> MakeAsync(ClientConnectOptions options, IEnhancedAuthentication? authentication, CancellationToken cancel)
    {
        var properties = options.Properties;
        if (authentication is not null)
            properties = With(properties, authentication.Method, await authentication.BeginAsync(cancel));
        return new()
        {
            Version = options.ProtocolVersion,
            ClientId = options.ClientId,
            UserName = options.UserName,
            Password = options.Password,
            CleanStart = options.CleanStart,
            KeepAlive = options.KeepAlive,
            Will = options.Will,
            Properties = properties,
        };
    }

    private static MqttProperties With(MqttProperties other, string method, ReadOnlyMemory<byte>? data) => new()
    {
        SessionExpiryInterval = other.SessionExpiryInterval,
        ReceiveMaximum = other.ReceiveMaximum,
        MaximumPacketSize = other.MaximumPacketSize,
        TopicAliasMaximum = other.TopicAliasMaximum,
        RequestProblemInformation = other.RequestProblemInformation,
        RequestResponseInformation = other.RequestResponseInformation,
        UserProperties = other.UserProperties,
        AuthenticationMethod = method,
        AuthenticationData = data,
    };
}
