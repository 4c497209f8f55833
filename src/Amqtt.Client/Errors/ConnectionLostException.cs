namespace Amqtt.Client;

/// <summary>The connection ended while something waited for it. Callers see it only where nothing is tried again.</summary>
internal sealed class ConnectionLostException(string message, Exception? innerException = null) : ClientException(message, innerException);
