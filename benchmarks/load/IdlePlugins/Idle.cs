using Amqtt.Plugins;

namespace IdlePlugins;

/// <summary>A plugin as many are: it watches clients come and go, and looks at no message.</summary>
public abstract class Idle : BrokerPlugin
{
    private int _connected;

    public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
    {
        Interlocked.Increment(ref _connected);
        return default;
    }

    public override ValueTask OnBrokerClientDisconnectedAsync(ClientDisconnectedEvent e, CancellationToken cancel)
    {
        Interlocked.Decrement(ref _connected);
        return default;
    }
}

public sealed class Idle0 : Idle;

public sealed class Idle1 : Idle;

public sealed class Idle2 : Idle;

public sealed class Idle3 : Idle;

public sealed class Idle4 : Idle;

public sealed class Idle5 : Idle;

public sealed class Idle6 : Idle;

public sealed class Idle7 : Idle;

public sealed class Idle8 : Idle;

public sealed class Idle9 : Idle;
