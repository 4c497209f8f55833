namespace Amqtt.Client;

/// <summary>Where a client is in its life.</summary>
public enum ClientState
{
    /// <summary>It was never connected.</summary>
    New,

    /// <summary>It connects for the first time, or for the first time after it was disconnected.</summary>
    Connecting,

    /// <summary>The broker accepted it.</summary>
    Connected,

    /// <summary>It lost its connection and tries to get another one.</summary>
    Reconnecting,

    /// <summary>It was disconnected, or has given up.</summary>
    Disconnected,
}

/// <summary>The client's state changed.</summary>
/// <param name="state">The new state.</param>
public sealed class ClientStateChangedEventArgs(ClientState state) : EventArgs
{
    /// <summary>The new state.</summary>
    public ClientState State { get; } = state;
}
