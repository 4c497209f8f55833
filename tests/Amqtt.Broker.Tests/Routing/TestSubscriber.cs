using Amqtt.Broker.Routing;

namespace Amqtt.Broker.Tests.Routing;

internal sealed class TestSubscriber(string clientId, int loop = 0) : Subscriber
{
    private volatile bool _isOnline = true;

    public override int Loop { get; } = loop;

    public override string ClientId { get; } = clientId;

    public override bool IsOnline => _isOnline;

    public override void Deliver(ref Publication publication, in Target target) => throw new NotSupportedException();

    public void Disconnect() => _isOnline = false;

    public void Connect() => _isOnline = true;
}
