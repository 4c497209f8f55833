using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard;

/// <summary>A password file cannot be read.</summary>
/// <param name="message">Which file, and what is wrong with it.</param>
/// <param name="cause">The cause, if an exception was.</param>
public sealed class PasswordFileException(string message, Exception? cause = null) : AmqttException(message, cause);
