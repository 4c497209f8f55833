namespace Amqtt.Protocol;

/// <summary>Something is wrong with what a peer sent or with what was to be sent to it.</summary>
public class MqttException : AmqttException
{
    /// <summary>Creates the exception with a message for people and, where there is one, its cause.</summary>
    public MqttException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
