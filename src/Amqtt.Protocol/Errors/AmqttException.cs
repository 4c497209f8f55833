namespace Amqtt.Protocol;

/// <summary>Base of every exception that this library raises on its own account.</summary>
public class AmqttException : Exception
{
    /// <summary>Creates the exception with a message for people and, where there is one, its cause.</summary>
    public AmqttException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
