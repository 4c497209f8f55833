namespace Amqtt.Broker.Listeners.Proxy;

/// <summary>What came is not a header of the PROXY protocol. The message says what is wrong with it; it holds nothing that the peer has sent.</summary>
internal sealed class ProxyProtocolException(string message) : IOException(message);
