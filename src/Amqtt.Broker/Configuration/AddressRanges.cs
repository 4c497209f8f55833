using System.Net;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Configuration;

/// <summary>A list of addresses and networks: <c>[10.0.0.7, 192.168.0.0/16, "fd00::/8"]</c>.</summary>
public sealed class AddressRanges : IConfigBindable<AddressRanges>
{
    private const string Expected = "expected an address such as 10.0.0.7 or a network such as 10.0.0.0/8";

    private readonly IReadOnlyList<IPNetwork> _networks;

    private AddressRanges(IReadOnlyList<IPNetwork> networks) => _networks = networks;

    /// <summary>Reads addresses and networks.</summary>
    /// <param name="ranges">For example <c>10.0.0.7</c> or <c>10.0.0.0/8</c>.</param>
    /// <exception cref="FormatException">One of them is neither.</exception>
    public static AddressRanges Of(params IReadOnlyList<string> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return new([.. ranges.Select(static range => Read(range) ?? throw new FormatException($"'{range}': {Expected}"))]);
    }

    /// <inheritdoc/>
    public static AddressRanges? Bind(ConfigNode node, ConfigErrors errors, string keyPath)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(errors);
        IReadOnlyList<ConfigNode> items = node is ConfigSequence list ? list.Items : [node];
        var networks = new List<IPNetwork>();
        foreach (ConfigNode item in items)
        {
            if (item is ConfigScalar scalar && Read(scalar.Text) is { } network) networks.Add(network);
            else errors.Add(item.Location, $"{keyPath}: {(item is ConfigScalar wrong ? $"'{wrong.Text}': " : "")}{Expected}");
        }

        return networks.Count == items.Count ? new(networks) : null;
    }

    /// <summary>Whether an address is one of them. An IPv4 address is the same in its IPv6 form.</summary>
    /// <param name="address">The address; null, where there is none, is never one of them.</param>
    public bool Contains(IPAddress? address)
    {
        if (address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (IPNetwork network in _networks)
        {
            if (network.Contains(address)) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public ConfigNode ToConfig() => new ConfigSequence(ConfigLocation.None, [.. _networks.Select(static network => new ConfigScalar(ConfigLocation.None, network.ToString(), isPlain: false))]);

    private static IPNetwork? Read(string text)
    {
        if (IPNetwork.TryParse(text, out IPNetwork network)) return network;
        return IPAddress.TryParse(text, out IPAddress? address) && (address.ToString() == text || text.Contains(':', StringComparison.Ordinal))
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : null;
    }
}
