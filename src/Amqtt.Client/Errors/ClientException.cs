using Amqtt.Protocol;

namespace Amqtt.Client;

/// <summary>The client cannot do what was asked: it is not connected, was told something impossible, or the broker refused.</summary>
public class ClientException : AmqttException
{
    /// <summary>Creates the exception with a message for people and, where there is one, its cause.</summary>
    public ClientException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
