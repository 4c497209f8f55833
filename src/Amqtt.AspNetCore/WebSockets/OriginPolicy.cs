using Amqtt.Broker.Configuration;
using Microsoft.AspNetCore.Http;

namespace Amqtt.AspNetCore.WebSockets;

/// <summary>
/// Whose pages may connect. A browser lets any page open a WebSocket anywhere and sends the cookies along; what it also sends is the page's origin.
/// </summary>
internal static class OriginPolicy
{
    /// <summary>Whether a request may go on: it has no origin (no browser), or one of those allowed; without a list, that of the host it is sent to.</summary>
    public static bool Allows(HttpRequest request, AllowedOrigins? allowed)
    {
        if (request.Headers.Origin.Count == 0 || allowed is { IsAny: true }) return true;
        if (request.Headers.Origin is not [{ Length: > 0 } origin]) return false; // two of them, or an empty one
        if (allowed is null) return IsSameHost(origin, request.Host);
        foreach (string one in allowed.Origins)
        {
            if (IsSame(one, origin)) return true;
        }

        return false;
    }

    private static bool IsSameHost(string origin, HostString host)
    {
        if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) || !host.HasValue) return false;
        // The scheme is the page's, because a proxy in front may have taken TLS away: https://a.example and a host without a port are the same.
        return Uri.TryCreate($"{page.Scheme}://{host.Value}", UriKind.Absolute, out Uri? here) && IsSame(page, here);
    }

    private static bool IsSame(string one, string other)
    {
        if (string.Equals(one, other, StringComparison.OrdinalIgnoreCase)) return true; // also "null", the origin of a page that has none
        return Uri.TryCreate(one, UriKind.Absolute, out Uri? first) && Uri.TryCreate(other, UriKind.Absolute, out Uri? second)
            && first.Scheme == second.Scheme && IsSame(first, second);
    }

    private static bool IsSame(Uri one, Uri other) => one.Host.Length > 0 && string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase) && one.Port == other.Port;
}
