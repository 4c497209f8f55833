using Amqtt.Protocol.Packets;

namespace Amqtt.Client.Publishing;

/// <summary>Something that holds a packet identifier until the broker answers.</summary>
internal abstract class InFlight
{
    public ushort PacketId { get; set; }

    /// <summary>The order in which it was sent first.</summary>
    public long Sequence { get; set; }
}

/// <summary>A SUBSCRIBE or UNSUBSCRIBE that waits for its answer.</summary>
internal sealed class Request : InFlight
{
    private readonly TaskCompletionSource<MqttPacket> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The answer, or why there is none.</summary>
    public Task<MqttPacket> Answer => _answer.Task;

    public void Complete(MqttPacket answer) => _answer.TrySetResult(answer);

    public void Fail(Exception error) => _answer.TrySetException(error);
}
