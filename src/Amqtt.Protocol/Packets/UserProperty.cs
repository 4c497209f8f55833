namespace Amqtt.Protocol.Packets;

/// <summary>A pair of strings an application attaches to a packet (5.0). Names may recur, order is kept.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public readonly record struct UserProperty(string Name, string Value);
