namespace Amqtt.Plugins;

/// <summary>An attempt to connect that is about to be made; see <see cref="ClientPlugin.OnConnectingAsync"/>.</summary>
public sealed class ConnectingContext
{
    private ClientConnectOptions _options;

    /// <summary>An attempt; made by the client, and by tests of a plugin.</summary>
    /// <param name="options">What it uses.</param>
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="isReconnect">Whether the client was connected before.</param>
    public ConnectingContext(ClientConnectOptions options, int attempt = 1, bool isReconnect = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Attempt = attempt;
        IsReconnect = isReconnect;
    }

    /// <summary>What the attempt uses. Replace it to change it: <c>context.Options = context.Options with { Password = token }</c>.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public ClientConnectOptions Options
    {
        get => _options;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _options = value;
        }
    }

    /// <summary>The number of the attempt since the client was last connected, from 1.</summary>
    public int Attempt { get; }

    /// <summary>Whether the client was connected before.</summary>
    public bool IsReconnect { get; }
}
