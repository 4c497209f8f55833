namespace Amqtt.Interop.Tests.Clients;

/// <summary>What a publisher is told to send: one message per payload, in this order.</summary>
internal sealed record Outgoing(string Topic, int QoS, bool Retain, params IReadOnlyList<string> Payloads);

/// <summary>What a subscriber says it got.</summary>
internal sealed record Received(string Topic, int QoS, bool Retain, string Payload);

/// <summary>The message a client leaves behind.</summary>
internal sealed record Will(string Topic, int QoS, bool Retain, string Payload);
