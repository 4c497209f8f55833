using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>Where a listener binds: the parsed <c>bind</c>.</summary>
/// <param name="Host">Host name or address without brackets; null = all interfaces, IPv4 and IPv6. <c>localhost</c> = both loopbacks.</param>
/// <param name="Port">Port; 0 = chosen by the system; null = the default of the listener's type.</param>
public sealed record ListenEndpoint(string? Host, int? Port) : IConfigBindable<ListenEndpoint>
{
    private const string Expected = "expected an address such as 0.0.0.0:1883, [::]:1883, :1883, localhost or a path of a socket";

    /// <summary><c>0.0.0.0:1883</c>.</summary>
    public static ListenEndpoint Default { get; } = new("0.0.0.0", 1883);

    /// <summary>The path of a Unix domain socket; then host and port are null.</summary>
    public string? Path { get; init; }

    /// <summary>Reads the forms that <c>bind</c> accepts.</summary>
    /// <param name="text">For example <c>1883</c>, <c>:1883</c>, <c>host:1883</c>, <c>[::1]:1883</c>, or nothing for all interfaces.</param>
    /// <exception cref="FormatException">The text has none of these forms.</exception>
    public static ListenEndpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out var endpoint, out var problem) ? endpoint : throw new FormatException($"'{text}': {problem}; {Expected}.");
    }

    /// <inheritdoc/>
    public static ListenEndpoint? Bind(ConfigNode node, ConfigErrors errors, string keyPath)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(errors);
        if (node is not ConfigScalar scalar)
        {
            errors.Add(node.Location, $"{keyPath}: {Expected}, but found {(node is ConfigSequence ? "a list" : "a mapping")}");
            return null;
        }

        if (!Read(scalar.Text, out var endpoint, out var problem))
        {
            errors.Add(node.Location, $"{keyPath}: '{scalar.Text}': {problem}; {Expected}");
            return null;
        }

        if (endpoint.IsIPv6 && !scalar.Text.StartsWith('['))
            errors.Warn(node.Location, $"{keyPath}: '{scalar.Text}' is taken as {endpoint}; write it that way, with brackets, to be safe");
        return endpoint;
    }

    /// <inheritdoc/>
    public ConfigNode ToConfig() => new ConfigScalar(ConfigLocation.None, ToString(), isPlain: false);

    /// <summary>The addresses to bind as far as they are known without asking DNS; empty for another host name. All interfaces = IPv4 and IPv6.</summary>
    public IReadOnlyList<IPAddress> Addresses() => Host switch
    {
        _ when Path is not null => [],
        null => [IPAddress.Any, IPAddress.IPv6Any],
        _ when Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) => [IPAddress.Loopback, IPAddress.IPv6Loopback],
        _ => IPAddress.TryParse(Host, out var address) ? [address] : [],
    };

    /// <summary>Whether this is all addresses of a kind, and the other one has an address of that kind.</summary>
    internal bool Covers(ListenEndpoint other)
    {
        // [::] takes IPv4 connections, too.
        var own = Addresses();
        return own.Contains(IPAddress.IPv6Any) || (own.Contains(IPAddress.Any) && other.Addresses().Any(address => address.AddressFamily == AddressFamily.InterNetwork));
    }

    /// <summary>A form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        if (Path is not null)
            return Path;
        var host = IsIPv6 ? $"[{Host}]" : Host;
        return Port is null ? host ?? "" : string.Create(CultureInfo.InvariantCulture, $"{host}:{Port}");
    }

    private bool IsIPv6 => Host?.Contains(':', StringComparison.Ordinal) is true;

    private static bool Read(string text, [NotNullWhen(true)] out ListenEndpoint? endpoint, [NotNullWhen(false)] out string? problem)
    {
        endpoint = null;
        if (text.StartsWith('/'))
        {
            endpoint = new(null, null) { Path = text };
            problem = null;
            return true;
        }

        var (host, port) = Split(text);
        problem = CheckHost(text, host) ?? CheckPort(port, out _);
        if (problem is not null)
            return false;
        CheckPort(port, out var number);
        endpoint = new(host.Length == 0 ? null : host.Trim('[', ']'), number);
        return true;
    }

    private static (string Host, string Port) Split(string text)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
            return ("", text);
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']'))
            return (text, "");
        var host = text[..colon];

        // Without brackets ::1:1883 could be an address too; the port is what is meant. But where only the whole makes an address, as in ::1, it is one.
        return host.Contains(':', StringComparison.Ordinal) && host[0] != '[' && !IsAddress(host) && IsAddress(text) ? (text, "") : (host, text[(colon + 1)..]);
    }

    private static string? CheckHost(string text, string host)
    {
        if (host.Length == 0)
            return null;
        var bracketed = host[0] == '[';
        if (bracketed != host.EndsWith(']'))
            return "a bracket is missing";
        if (bracketed)
            return IsAddress(host[1..^1]) ? null : $"'{host[1..^1]}' is not an IPv6 address";
        if (host.Contains(':', StringComparison.Ordinal))
            return IsAddress(host) ? null : $"'{text}' is neither an IPv6 address nor a host and a port";
        return Uri.CheckHostName(host) == UriHostNameType.Unknown ? $"'{host}' is not a host name" : null;
    }

    private static string? CheckPort(string port, out int? number)
    {
        number = null;
        if (port.Length == 0)
            return null;
        if (!port.All(char.IsAsciiDigit))
            return $"the port '{port}' is not a number";
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return $"the port {port} is above 65535";
        number = value;
        return null;
    }

    private static bool IsAddress(string text) => text.Contains(':', StringComparison.Ordinal) && !text.StartsWith('[') && IPAddress.TryParse(text, out _);
}
