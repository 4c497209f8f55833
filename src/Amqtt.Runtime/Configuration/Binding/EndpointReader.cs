using System.Globalization;
using System.Net;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Reads endpoints to connect to: host and port, IPv6 addresses in brackets.</summary>
internal static class EndpointReader
{
    public static Reading Any(ConfigScalar scalar, BindTarget target) =>
        IPEndPoint.TryParse(scalar.Text, out var ip) && HasPort(scalar.Text, ip) ? Reading.Ok(ip) : Dns(scalar, target);

    public static Reading Ip(ConfigScalar scalar, BindTarget target) =>
        IPEndPoint.TryParse(scalar.Text, out var ip) && HasPort(scalar.Text, ip)
            ? Reading.Ok(ip)
            : Reading.Failed(target.Expected("an endpoint such as 127.0.0.1:1883 or [::1]:1883", scalar));

    public static Reading Dns(ConfigScalar scalar, BindTarget target)
    {
        var colon = scalar.Text.LastIndexOf(':');
        var host = colon > 0 ? scalar.Text[..colon].Trim('[', ']') : "";
        return Uri.CheckHostName(host) != UriHostNameType.Unknown
            && ushort.TryParse(scalar.Text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? Reading.Ok(new DnsEndPoint(host, port))
            : Reading.Failed(target.Expected("an endpoint such as host:1883", scalar));
    }

    // IPEndPoint reads "1883" as an address and "::1:1883" as one without a port.
    private static bool HasPort(string text, IPEndPoint endpoint) => text.EndsWith($":{endpoint.Port}", StringComparison.Ordinal) && (text[0] == '[' || text.IndexOf(':', StringComparison.Ordinal) == text.LastIndexOf(':'));
}
