namespace Amqtt.Client;

/// <summary>The client's side of a method of enhanced authentication (5.0, section 4.12). Calls come one at a time, on the thread pool.</summary>
public interface IEnhancedAuthentication
{
    /// <summary>The name of the method.</summary>
    string Method { get; }

    /// <summary>Begins an exchange, at a connect or at <see cref="MqttClient.ReauthenticateAsync"/>.</summary>
    /// <param name="cancel">Cancelled when the attempt is given up.</param>
    /// <returns>The first data; null = none.</returns>
    ValueTask<ReadOnlyMemory<byte>?> BeginAsync(CancellationToken cancel);

    /// <summary>Answers the broker.</summary>
    /// <param name="data">What the broker sent; empty if it sent none.</param>
    /// <param name="cancel">Cancelled when the attempt is given up.</param>
    /// <returns>The answer; null = none.</returns>
    ValueTask<ReadOnlyMemory<byte>?> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel);
}
