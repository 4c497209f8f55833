namespace Amqtt.Plugins.Testing;

/// <summary>What a test waited for or asked for did not come; the message says what came instead.</summary>
/// <param name="message">What was expected and what came.</param>
/// <param name="innerException">The cause, if an exception was.</param>
public sealed class PluginTestException(string message, Exception? innerException = null) : Exception(message, innerException);
