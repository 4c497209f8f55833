using System.Net;
using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard.Tests;

/// <summary>Clients that come for the answer only.</summary>
internal static class LogIns
{
    private static readonly IPAddress Usual = IPAddress.Parse("10.0.0.1");

    /// <summary>What a client gets as an answer to its CONNECT.</summary>
    public static async Task<ReasonCode> LogInAsync(
        this PluginTestHost host, string? userName, string? password, ProtocolVersion version = ProtocolVersion.V311, string? address = null)
    {
        var connect = PluginTestHost.CreateConnect(Guid.NewGuid().ToString("N"), userName, password, version);
        var (_, answer) = await host.TryConnectAsync(connect, address: address is null ? Usual : IPAddress.Parse(address));
        return answer.Reason;
    }
}
