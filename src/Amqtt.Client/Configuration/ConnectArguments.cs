namespace Amqtt.Client.Configuration;

/// <summary>What one call of <see cref="MqttClient.ConnectAsync"/> says differently than the options. Null leaves an option as it is. It counts for reconnects of that connection, too.</summary>
public sealed record ConnectArguments
{
    /// <summary>The broker: as <see cref="ConnectionOptions.Uri"/>.</summary>
    public string? Uri { get; init; }

    /// <summary>Clean Session, in 5.0 Clean Start.</summary>
    public bool? CleanSession { get; init; }

    /// <summary>As <see cref="ClientOptions.ConnectionTimeout"/>.</summary>
    public TimeSpan? ConnectionTimeout { get; init; }

    /// <summary>As <see cref="ConnectionOptions.Cafile"/>.</summary>
    public string? CaFile { get; init; }

    /// <summary>As <see cref="ConnectionOptions.Capath"/>.</summary>
    public string? CaPath { get; init; }

    /// <summary>As <see cref="ConnectionOptions.Cadata"/>.</summary>
    public ReadOnlyMemory<byte>? CaData { get; init; }

    /// <summary>As <see cref="ConnectionOptions.Certfile"/>.</summary>
    public string? CertFile { get; init; }

    /// <summary>As <see cref="ConnectionOptions.Keyfile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>As <see cref="ClientOptions.CheckHostname"/>.</summary>
    public bool? CheckHostname { get; init; }

    /// <summary>As <see cref="ClientOptions.VerifyCert"/>.</summary>
    public bool? VerifyCert { get; init; }

    /// <summary>Headers of the HTTP request that opens a WebSocket.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>The options with these arguments in them.</summary>
    /// <exception cref="ClientException">The result is not possible.</exception>
    internal ClientOptions ApplyTo(ClientOptions options)
    {
        var result = options.Clone();
        var connection = result.Connection = options.Connection.Clone();
        connection.Uri = Uri ?? connection.Uri;
        connection.Cafile = CaFile ?? connection.Cafile;
        connection.Capath = CaPath ?? connection.Capath;
        connection.Cadata = CaData?.ToArray() ?? connection.Cadata;
        connection.Certfile = CertFile ?? connection.Certfile;
        connection.Keyfile = KeyFile ?? connection.Keyfile;
        result.CleanSession = CleanSession ?? result.CleanSession;
        result.ConnectionTimeout = ConnectionTimeout ?? result.ConnectionTimeout;
        result.CheckHostname = CheckHostname ?? result.CheckHostname;
        result.VerifyCert = VerifyCert ?? result.VerifyCert;
        if (Uri is not null)
            result.Servers = [];
        BrokerUri.Parse(connection.Uri);
        if (connection.Certfile is null != connection.Keyfile is null)
            throw new ClientException("A client certificate needs both its file and the file of its key.");
        if (!result.VerifyCert && result.CheckHostname)
            throw new ClientException("verify_cert can be false only together with 'check_hostname: false'.");
        return result;
    }
}
