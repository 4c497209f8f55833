using Amqtt.Protocol;

namespace Amqtt.Client.Subscribing;

/// <summary>A message of QoS 1 or 2 that the broker waits for the acknowledgement of. Done when every subscription that got the message is done with it.</summary>
internal sealed class Delivery(InboundWindow window, int epoch, ushort packetId, QoS qos)
{
    private int _open = 1;
    private bool _failed;

    /// <summary>The connection it came through last.</summary>
    public int Epoch { get; set; } = epoch;

    public ushort PacketId => packetId;

    public QoS QoS => qos;

    /// <summary>Its acknowledgement may be sent as soon as those before it are.</summary>
    public bool IsReady { get; set; }

    /// <summary>It will not be acknowledged on this connection.</summary>
    public bool IsSkipped { get; set; }

    /// <summary>So many subscriptions get it. Called before any of them does.</summary>
    public void Expect(int subscriptions) => _open = subscriptions;

    /// <summary>One subscription is done with it. From any thread.</summary>
    public void Done(bool succeeded)
    {
        if (!succeeded)
            Volatile.Write(ref _failed, true);
        if (Interlocked.Decrement(ref _open) == 0)
            window.Done(this, !Volatile.Read(ref _failed));
    }
}
