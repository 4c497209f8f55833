using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard;

/// <summary>A file with an access control list cannot be read.</summary>
/// <param name="message">Which file, where, and what is wrong.</param>
/// <param name="cause">The cause, if an exception was.</param>
public sealed class AclFileException(string message, Exception? cause = null) : AmqttException(message, cause);
