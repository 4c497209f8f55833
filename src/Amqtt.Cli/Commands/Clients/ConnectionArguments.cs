using System.CommandLine;
using System.Text;
using System.Text.Json;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Cli.Commands.Clients;

/// <summary>What <c>pub</c>, <c>sub</c> and <c>bench</c> have in common on the command line: the broker, the client, TLS, the will.</summary>
internal sealed class ConnectionArguments
{
    private readonly Option<string?> _url = new("--url") { Description = "mqtt|mqtts|ws|wss://[user[:password]@]host[:port][/path], or unix:///path/of/socket.", HelpName = "URI" };
    private readonly Option<string?> _config = new("--config-file", "-c") { Description = "Configuration file (YAML); options count before it.", HelpName = "FILE" };
    private readonly Option<string?> _clientId = new("--client-id", "-i") { Description = "Client identifier.", HelpName = "ID" };
    private readonly Option<string?> _version = new("--protocol-version", "-V") { Description = "3.1, 3.1.1 or 5. Default 3.1.1, or 5 with an option that needs it.", HelpName = "VERSION" };
    private readonly Option<string?> _user = new("--username", "-u") { HelpName = "NAME", Description = "User name." };
    private readonly Option<string?> _password = new("--password", "-P") { HelpName = "TEXT", Description = "Password." };
    private readonly Option<int?> _keepAlive = new("--keep-alive", "-k") { Description = "Keep alive in seconds; 0 = off.", HelpName = "SECONDS" };
    private readonly Option<bool> _clean = new("--clean-session") { Description = "Begin with a clean session." };
    private readonly Option<uint?> _expiry = new("--session-expiry") { Description = "Keep the session for so long after the end (5).", HelpName = "SECONDS" };
    private readonly Option<string?> _caFile = new("--ca-file") { Description = "Authorities for the broker's certificate, PEM or DER.", HelpName = "FILE" };
    private readonly Option<string?> _caPath = new("--ca-path") { Description = "Folder with such files.", HelpName = "FOLDER" };
    private readonly Option<string?> _caData = new("--ca-data") { Description = "Such authorities themselves, PEM.", HelpName = "TEXT" };
    private readonly Option<string?> _certFile = new("--cert-file") { Description = "The client's certificate, PEM.", HelpName = "FILE" };
    private readonly Option<string?> _keyFile = new("--key-file") { Description = "Its key, PEM.", HelpName = "FILE" };
    private readonly Option<bool> _noHostname = new("--no-check-hostname") { Description = "The broker's certificate may carry another name." };
    private readonly Option<bool> _insecure = new("--insecure") { Description = "Do not check the broker's certificate at all." };
    private readonly Option<string?> _willTopic = new("--will-topic") { HelpName = "TOPIC", Description = "Topic of the will." };
    private readonly Option<string?> _willMessage = new("--will-message") { HelpName = "TEXT", Description = "Its message." };
    private readonly Option<int?> _willQos = new("--will-qos") { HelpName = "QOS", Description = "Its QoS. Default 0." };
    private readonly Option<bool> _willRetain = new("--will-retain") { Description = "It is retained." };
    private readonly Option<string?> _headers = new("--extra-headers") { Description = "Headers for a WebSocket, a JSON object.", HelpName = "JSON" };

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _url, _config, _clientId, _version, _user, _password, _keepAlive, _clean, _expiry, _caFile, _caPath, _caData, _certFile, _keyFile, _noHostname, _insecure,
            _willTopic, _willMessage, _willQos, _willRetain, _headers,
        ];
        foreach (var option in all)
            command.Options.Add(option);
    }

    /// <summary>The client's options, and the arguments of its connect.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="name">Part of the default client identifier: <c>amqtt_pub</c>.</param>
    /// <param name="needs5">An option is given that only 5.0 has.</param>
    /// <exception cref="ClientException">Something is wrong.</exception>
    /// <exception cref="ConfigurationException">Something in the file is wrong.</exception>
    public (ClientOptions Options, ConnectArguments Arguments) Read(ParseResult result, string name, bool needs5)
    {
        var file = result.GetValue(_config);
        var options = file is null ? ClientConfiguration.FromYaml(ClientConfiguration.DefaultYaml) : ClientConfiguration.FromFile(file);
        needs5 |= result.GetValue(_expiry) is not null;
        options.ProtocolVersion = result.GetValue(_version) is { } version ? Version(version)
            : file is not null && !needs5 ? options.ProtocolVersion
            : needs5 ? ProtocolVersion.V5 : ProtocolVersion.V311;
        if (needs5 && options.ProtocolVersion != ProtocolVersion.V5)
            throw new ClientException("Properties, requests and session expiry need protocol version 5 (-V 5).");
        options.ClientId = result.GetValue(_clientId) ?? options.ClientId ?? $"{name}/{Environment.ProcessId}-{Environment.MachineName}";
        options.Username = result.GetValue(_user) ?? options.Username;
        options.Password = result.GetValue(_password) is { } password ? new Secret(password) : options.Password;
        if (result.GetValue(_keepAlive) is { } keepAlive)
            SetKeepAlive(options, keepAlive);
        if (result.GetValue(_clean))
            options.CleanSession = true;
        if (result.GetValue(_expiry) is { } expiry)
            (options.SessionExpiryInterval, options.CleanSession) = (TimeSpan.FromSeconds(expiry), result.GetValue(_clean));
        ReadWill(result, options);
        var arguments = new ConnectArguments
        {
            Uri = result.GetValue(_url),
            CaFile = result.GetValue(_caFile),
            CaPath = result.GetValue(_caPath),
            CaData = result.GetValue(_caData) is { } data ? Encoding.UTF8.GetBytes(data.Replace("\\n", "\n", StringComparison.Ordinal)) : default(ReadOnlyMemory<byte>?),
            CertFile = result.GetValue(_certFile),
            KeyFile = result.GetValue(_keyFile),
            CheckHostname = result.GetValue(_insecure) || result.GetValue(_noHostname) ? false : null,
            VerifyCert = result.GetValue(_insecure) ? false : null,
            Headers = Headers(result.GetValue(_headers)),
        };
        return (options, arguments);
    }

    /// <exception cref="ClientException">There is no such QoS.</exception>
    public static QoS CheckQos(int qos, string option) => qos is >= 0 and <= 2 ? (QoS)qos : throw new ClientException($"{option} {qos}: expected 0, 1 or 2.");

    private static ProtocolVersion Version(string text) => text switch
    {
        "3.1" or "31" or "3" or "mqttv31" => ProtocolVersion.V31,
        "3.1.1" or "311" or "4" or "mqttv311" => ProtocolVersion.V311,
        "5" or "5.0" or "mqttv5" => ProtocolVersion.V5,
        _ => throw new ClientException($"-V {text}: expected 3.1, 3.1.1 or 5."),
    };

    private static void SetKeepAlive(ClientOptions options, int seconds)
    {
        if (seconds is < 0 or > ushort.MaxValue)
            throw new ClientException($"-k {seconds}: expected 0 to 65535 seconds.");
        options.KeepAlive = TimeSpan.FromSeconds(seconds);
        // The file's delay was made for another keep alive.
        if (seconds > 0 && options.PingDelay >= options.KeepAlive)
            options.PingDelay = options.KeepAlive / 2;
    }

    private void ReadWill(ParseResult result, ClientOptions options)
    {
        var (topic, message, retain) = (result.GetValue(_willTopic), result.GetValue(_willMessage), result.GetValue(_willRetain));
        if (topic is null != message is null)
            throw new ClientException("--will-topic and --will-message go together: expected both or neither.");
        if (topic is null && (retain || result.GetValue(_willQos) is not null))
            throw new ClientException("--will-retain and --will-qos need --will-topic and --will-message.");
        if (topic is not null)
            options.Will = new() { Topic = topic, Message = Encoding.UTF8.GetBytes(message!), Qos = (int)CheckQos(result.GetValue(_willQos) ?? 0, "--will-qos"), Retain = retain };
    }

    private static Dictionary<string, string>? Headers(string? json)
    {
        if (json is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString()! : p.Value.GetRawText(), StringComparer.Ordinal);
        }
        catch (JsonException error)
        {
            throw new ClientException($"--extra-headers: expected a JSON object such as {{\"Authorization\": \"Bearer ...\"}}: {error.Message}", error);
        }

        throw new ClientException("--extra-headers: expected a JSON object such as {\"Authorization\": \"Bearer ...\"}.");
    }
}
