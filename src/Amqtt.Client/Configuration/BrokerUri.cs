using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Amqtt.Client.Configuration;

/// <summary>How bytes reach the broker.</summary>
internal enum BrokerScheme
{
    Mqtt,
    Mqtts,
    Ws,
    Wss,
    Unix,
}

/// <summary>A broker's address, with what the URI says about the user.</summary>
internal sealed record BrokerUri(BrokerScheme Scheme, string Host, int Port, string PathAndQuery, string? UserName, string? Password)
{
    private const string Expected = "expected mqtt, mqtts, ws or wss://[user[:password]@]host[:port][/path], or unix:///path/of/socket";

    public bool IsTls => Scheme is BrokerScheme.Mqtts or BrokerScheme.Wss;

    /// <summary>The address without user and password: safe to show, and what a WebSocket is opened with.</summary>
    public Uri Address => new(Scheme == BrokerScheme.Unix ? ToString() : ToString() + PathAndQuery);

    public static BrokerUri Parse(string? text) => TryParse(text, out var uri, out var problem) ? uri : throw new ClientException($"The URI of the broker {problem}.");

    public static bool TryParse(string? text, [NotNullWhen(true)] out BrokerUri? uri, out string problem)
    {
        uri = null;
        if (string.IsNullOrWhiteSpace(text))
            return Fail($"is empty; {Expected}", out problem);
        if (text.StartsWith("unix:", StringComparison.OrdinalIgnoreCase))
            return TryUnix(text, out uri, out problem);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var parsed) || !text.Contains("://", StringComparison.Ordinal))
            return Fail($"is not an address, or its port is not a number up to 65535; {Expected}", out problem);

        (BrokerScheme Scheme, int Port)? kind = parsed.Scheme switch
        {
            "mqtt" => (BrokerScheme.Mqtt, 1883),
            "mqtts" => (BrokerScheme.Mqtts, 8883),
            "ws" => (BrokerScheme.Ws, 80),
            "wss" => (BrokerScheme.Wss, 443),
            _ => null,
        };
        if (kind is not var (scheme, defaultPort))
            return Fail($"has the unknown scheme '{parsed.Scheme}'; {Expected}", out problem);
        if (parsed.Host.Length == 0)
            return Fail($"names no host; {Expected}", out problem);

        var colon = parsed.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var user = colon < 0 ? parsed.UserInfo : parsed.UserInfo[..colon];
        uri = new(
            scheme,
            parsed.DnsSafeHost,
            parsed.Port < 0 ? defaultPort : parsed.Port,
            scheme is BrokerScheme.Ws or BrokerScheme.Wss ? parsed.PathAndQuery : "",
            parsed.UserInfo.Length == 0 ? null : Uri.UnescapeDataString(user),
            colon < 0 ? null : Uri.UnescapeDataString(parsed.UserInfo[(colon + 1)..]));
        problem = "";
        return true;
    }

    public override string ToString() => Scheme == BrokerScheme.Unix ? $"unix://{PathAndQuery}"
        : string.Create(CultureInfo.InvariantCulture, $"{Scheme.ToString().ToLowerInvariant()}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    private static bool TryUnix(string text, out BrokerUri? uri, out string problem)
    {
        var path = text["unix:".Length..];
        if (path.StartsWith("//", StringComparison.Ordinal))
            path = path[2..];
        path = Uri.UnescapeDataString(path);
        uri = null;
        if (path.Length < 2)
            return Fail($"names no socket; {Expected}", out problem);
        uri = new(BrokerScheme.Unix, "localhost", 0, path, null, null);
        problem = "";
        return true;
    }

    private static bool Fail(string text, out string problem)
    {
        problem = text;
        return false;
    }
}
