namespace Amqtt.Testing;

/// <summary>The other side did not do what the script expected; the message tells both and shows the conversation.</summary>
public sealed class WireException(string message, Exception? innerException = null) : Exception(message, innerException);
