using Amqtt.Protocol;

namespace Amqtt.Runtime.Tls;

/// <summary>Certificates or keys cannot be used. The message names the file, what is wrong with it and what would be right.</summary>
public sealed class TlsException : AmqttException
{
    /// <summary>Creates the exception with its message for people and, where there is one, its cause.</summary>
    public TlsException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
