using System.Net;
using System.Net.Sockets;

namespace Amqtt.Broker.Transport;

/// <summary>What an address comes to, whatever form it came in.</summary>
internal static class Addresses
{
    /// <summary>An IPv4 address that comes in its IPv6 form becomes what it is.</summary>
    public static IPAddress Unmapped(this IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Whom limits take it for: an IPv6 address counts by its /64, which is the least that anybody is given.</summary>
    public static IPAddress Network(this IPAddress address)
    {
        address = address.Unmapped();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address)) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
