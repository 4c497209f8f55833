namespace Amqtt.Broker;

/// <summary>Where a broker is in its life (P-A3).</summary>
public enum BrokerStatus
{
    /// <summary>Made, not started yet.</summary>
    New,

    /// <summary>A start is under way.</summary>
    Starting,

    /// <summary>All listeners accept.</summary>
    Started,

    /// <summary>The start failed; everything it had opened is closed. It can be tried again.</summary>
    NotStarted,

    /// <summary>A shutdown is under way.</summary>
    Stopping,

    /// <summary>Shut down completely. It can be started again.</summary>
    Stopped,

    /// <summary>The shutdown failed.</summary>
    NotStopped,
}
