using System.Text;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Interop.Tests.Processes;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Interop.Tests.OwnClient;

/// <summary>Our client against every broker, over every transport, in every version.</summary>
public sealed class RoundTripTests(PeerBrokers brokers) : IClassFixture<PeerBrokers>
{
    private static readonly ProtocolVersion[] Versions = [ProtocolVersion.V31, ProtocolVersion.V311, ProtocolVersion.V5];

    public static TheoryData<Peer, Route, ProtocolVersion> Everything()
    {
        var data = new TheoryData<Peer, Route, ProtocolVersion>();
        foreach (var (peer, route) in PeerBrokers.All)
        {
            foreach (var version in Versions)
                data.Add(peer, route, version);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Messages_of_every_qos_and_size_arrive_once_and_in_order(Peer peer, Route route, ProtocolVersion version)
    {
        using var patience = Patience.Begin();
        await using var subscriber = await ConnectAsync(peer, route, version);
        await using var publisher = await ConnectAsync(peer, route, version);
        var topic = $"round/{peer}/{route}/{version}";
        await using var subscription = await subscriber.SubscribeAsync(topic + "/+", QoS.ExactlyOnce, cancellationToken: patience.Token);
        Assert.Equal(ReasonCode.GrantedQoS2, subscription.Granted);

        const int each = 20;
        // Empty, small, and more than any buffer on the way.
        byte[] Payload(int number) => number == 0 ? [] : number == 1 ? [.. Enumerable.Repeat((byte)7, 300_000)] : Encoding.UTF8.GetBytes($"{number}");
        for (var qos = QoS.AtMostOnce; qos <= QoS.ExactlyOnce; qos++)
        {
            var level = qos;
            await Task.WhenAll(Enumerable.Range(0, each).Select(n => publisher.PublishAsync($"{topic}/{(int)level}", Payload(n), level, cancellationToken: patience.Token).AsTask()));
        }

        var next = new int[3];
        await foreach (var message in subscription.WithCancellation(patience.Token))
        {
            var qos = message.Topic[^1] - '0';
            Assert.Equal((QoS)qos, message.QoS);
            Assert.Equal(Payload(next[qos]++), message.Payload.ToArray());
            if (next.All(count => count == each))
                break;
        }

        Assert.True(await publisher.DisconnectAsync(cancellationToken: patience.Token));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Retained_messages_wills_pings_and_unsubscribing_work(Peer peer, Route route, ProtocolVersion version)
    {
        using var patience = Patience.Begin();
        var topic = $"other/{peer}/{route}/{version}";
        await using var client = await ConnectAsync(peer, route, version);
        await client.PublishAsync($"{topic}/kept", "kept", QoS.AtLeastOnce, retain: true, cancellationToken: patience.Token);
        var codes = await client.SubscribeAsync([($"{topic}/kept", QoS.AtLeastOnce), ($"{topic}/will", QoS.AtLeastOnce)], patience.Token);
        Assert.Equal([ReasonCode.GrantedQoS1, ReasonCode.GrantedQoS1], codes);
        var kept = (await client.DeliverMessageAsync(cancellationToken: patience.Token))!;
        Assert.Equal(("kept", true), (kept.Text, kept.Retain));
        await client.PingAsync(cancellationToken: patience.Token);

        await using (var proxy = new CuttingProxy(brokers.Port(peer)))
        await using (var dying = new MqttClient(new ClientOptions
        {
            ProtocolVersion = version,
            AutoReconnect = false,
            Connection = new() { Uri = proxy.Url },
            Will = new() { Topic = $"{topic}/will", Message = "gone"u8.ToArray(), Qos = 1 },
        }))
        {
            await dying.ConnectAsync(cancellationToken: patience.Token);
            proxy.Cut();
            Assert.Equal("gone", (await client.DeliverMessageAsync(cancellationToken: patience.Token))!.Text);
        }

        await client.UnsubscribeAsync([$"{topic}/kept", $"{topic}/will"], patience.Token);
        await client.PublishAsync($"{topic}/kept", "", QoS.AtLeastOnce, retain: true, cancellationToken: patience.Token);
        await client.PingAsync(cancellationToken: patience.Token);
        Assert.Equal(0, client.UnreadMessages);
    }

    [Theory]
    [InlineData(Peer.Amqtt)]
    [InlineData(Peer.Mosquitto)]
    [InlineData(Peer.MqttNet)]
    public async Task Properties_requests_and_aliases_work_in_5(Peer peer)
    {
        using var patience = Patience.Begin();
        await using var service = await ConnectAsync(peer, Route.Tcp, ProtocolVersion.V5);
        await using var client = await ConnectAsync(peer, Route.Tcp, ProtocolVersion.V5);
        await service.SubscribeAsync(
            $"service/{peer}",
            async (request, cancel) => await service.RespondAsync(request, Encoding.UTF8.GetBytes($"{request.Text}, {request.Properties.UserProperties[0].Value}"), cancellationToken: cancel),
            QoS.AtLeastOnce,
            cancellationToken: patience.Token);
        // Often enough for an alias.
        for (var i = 0; i < 6; i++)
        {
            var properties = new MqttProperties { UserProperties = [new("name", $"{i}")], ContentType = "text/plain" };
            var answer = await client.RequestAsync($"service/{peer}", "hello"u8.ToArray(), TimeSpan.FromSeconds(30), QoS.AtLeastOnce, new() { Properties = properties }, patience.Token);
            Assert.Equal($"hello, {i}", answer.Text);
        }
    }

    [Theory]
    [InlineData(Peer.Amqtt)]
    [InlineData(Peer.Mosquitto)]
    public async Task The_certificate_of_a_broker_is_checked(Peer peer)
    {
        var url = brokers.Url(peer, Route.Tls);
        await using var unknown = new MqttClient(new ClientOptions { Connection = new() { Uri = url } });
        Assert.True((await Assert.ThrowsAsync<ConnectException>(() => unknown.ConnectAsync())).IsPermanent);

        await using var known = new MqttClient(new ClientOptions { Connection = new() { Uri = url, Cafile = brokers.AuthorityFile } });
        await known.ConnectAsync();

        // The certificate does not carry this name, which is the loopback address all the same.
        var otherName = url.Replace("localhost", "[::ffff:127.0.0.1]", StringComparison.Ordinal);
        await using var other = new MqttClient(new ClientOptions { AutoReconnect = false, Connection = new() { Uri = otherName, Cafile = brokers.AuthorityFile } });
        await Assert.ThrowsAsync<ConnectException>(() => other.ConnectAsync());
        await other.ConnectAsync(new() { CheckHostname = false });
        await using var unchecked_ = new MqttClient(new ClientOptions { CheckHostname = false, VerifyCert = false, Connection = new() { Uri = url } });
        await unchecked_.ConnectAsync();
    }

    private async Task<MqttClient> ConnectAsync(Peer peer, Route route, ProtocolVersion version)
    {
        var options = new ClientOptions { ProtocolVersion = version, AutoReconnect = false, Connection = new() { Uri = brokers.Url(peer, route) } };
        if (route is Route.Tls or Route.Wss)
            options.Connection.Cafile = brokers.AuthorityFile;
        var client = new MqttClient(options);
        await client.ConnectAsync();
        return client;
    }
}
