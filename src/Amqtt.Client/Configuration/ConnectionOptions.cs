using Amqtt.Runtime.Configuration;

namespace Amqtt.Client.Configuration;

/// <summary>Where the broker is, and which certificates count.</summary>
public sealed class ConnectionOptions
{
    /// <summary>Where a broker is if nobody says so.</summary>
    public const string DefaultUri = "mqtt://127.0.0.1:1883";

    /// <summary>
    /// <c>mqtt|mqtts|ws|wss://[user[:password]@]host[:port][/path][?query]</c> or <c>unix:///path/of/socket</c>. Default <see cref="DefaultUri"/>.
    /// </summary>
    public string Uri { get; set; } = DefaultUri;

    /// <summary>File with authorities for the broker's certificate, PEM or DER. With none of the three, the system's count.</summary>
    [ConfigPath(MustExist = PathKind.File)]
    public string? Cafile { get; set; }

    /// <summary>Folder with such files.</summary>
    [ConfigPath(MustExist = PathKind.Folder)]
    public string? Capath { get; set; }

    /// <summary>Such authorities themselves, PEM or DER.</summary>
    public byte[]? Cadata { get; set; }

    /// <summary>The client's certificate, PEM, the chain behind it. Together with <see cref="Keyfile"/> or not at all.</summary>
    [ConfigPath(MustExist = PathKind.File)]
    public string? Certfile { get; set; }

    /// <summary>Its private key, PEM.</summary>
    [ConfigPath(MustExist = PathKind.File)]
    public string? Keyfile { get; set; }

    internal ConnectionOptions Clone() => (ConnectionOptions)MemberwiseClone();
}
