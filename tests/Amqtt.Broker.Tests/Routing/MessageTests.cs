using Amqtt.Broker.Routing;
using Amqtt.Protocol;

namespace Amqtt.Broker.Tests.Routing;

public sealed class MessageTests
{
    [Fact]
    public void Holds_its_parts_in_one_array()
    {
        var message = new Message("a/b"u8, [1, 2], "payload"u8, QoS.ExactlyOnce, retain: true, expiresAt: 5, "publisher");
        Assert.Equal("a/b"u8.ToArray(), message.Topic.ToArray());
        Assert.Equal([1, 2], message.Properties.ToArray());
        Assert.Equal("payload"u8.ToArray(), message.Payload.ToArray());
        Assert.Equal(12, message.Size);
        Assert.Equal("a/b, ExactlyOnce, 7 bytes", message.ToString());
    }

    [Fact]
    public void Keeps_of_a_publish_what_is_passed_on()
    {
        byte[] forwarded = [1, 1, 3, 0, 1, (byte)'t'];
        var properties = PublishProperties.Parse([35, 0, 7, .. forwarded, 2, 0, 0, 0, 9], fromClient: true);
        var message = new Message("a"u8, properties, "x"u8, QoS.AtLeastOnce, retain: false);
        Assert.Equal(forwarded, message.Properties.ToArray());
        Assert.Equal("x"u8.ToArray(), message.Payload.ToArray());
    }

    [Fact]
    public void Expires_at_its_time_and_never_without_one()
    {
        var message = new Message("a"u8, [], [], QoS.AtMostOnce, retain: false, expiresAt: 5);
        Assert.False(message.IsExpired(4));
        Assert.True(message.IsExpired(5));
        Assert.False(new Message("a"u8, [], [], QoS.AtMostOnce, retain: false).IsExpired(long.MaxValue - 1));
    }
}
