using Amqtt.Protocol;

namespace Amqtt.Broker;

/// <summary>The broker cannot do what was asked: start on an address in use, start twice, serve an unknown listener. The message says what would be right.</summary>
public sealed class BrokerException : AmqttException
{
    /// <summary>An error with its message.</summary>
    /// <param name="message">What was wrong, where, and what would be right.</param>
    /// <param name="innerException">What caused it, if anything did.</param>
    public BrokerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
