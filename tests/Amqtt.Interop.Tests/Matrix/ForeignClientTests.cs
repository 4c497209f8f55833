using Amqtt.Interop.Tests.Brokers;
using Amqtt.Interop.Tests.Clients;
using Amqtt.Testing;

namespace Amqtt.Interop.Tests.Matrix;

/// <summary>Every foreign client, in every version it speaks, over TCP and TLS. One subclass a client.</summary>
public abstract class ForeignClientTests
{
    private readonly ForeignClient _client;
    private readonly SharedBroker _broker;

    private protected ForeignClientTests(ForeignClient client, SharedBroker broker)
    {
        (_client, _broker) = (client, broker);
        client.Require();
    }

    public static MatrixTheoryData<MqttVersion, Transport, int> VersionsTransportsAndQoS() => new(Enum.GetValues<MqttVersion>(), [Transport.Tcp, Transport.Tls], [0, 1, 2]);

    public static MatrixTheoryData<MqttVersion, Transport> VersionsAndTransports() => new(Enum.GetValues<MqttVersion>(), [Transport.Tcp, Transport.Tls]);

    [Theory]
    [MemberData(nameof(VersionsTransportsAndQoS))]
    [Statement("v4:7.0.0-2")]
    public Task Messages_arrive_once_in_order_at_their_QoS(MqttVersion version, Transport transport, int qos) => Behaviour(version, transport).MessagesArriveOnceInOrderAsync(qos);

    [Theory]
    [MemberData(nameof(VersionsAndTransports))]
    public Task A_later_subscriber_gets_the_retained_message_until_it_is_cleared(MqttVersion version, Transport transport) =>
        Behaviour(version, transport).RetainedMessagesAreKeptUntilClearedAsync();

    [Theory]
    [MemberData(nameof(VersionsAndTransports))]
    public Task A_client_that_dies_leaves_its_will_and_one_that_leaves_does_not(MqttVersion version, Transport transport) =>
        Behaviour(version, transport).TheWillOfWhoDiesIsSentAndOfWhoLeavesIsNotAsync();

    private ClientBehaviour Behaviour(MqttVersion version, Transport transport) => new(_client, _broker[transport], version);
}
