using System.Net;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using static Amqtt.Protocol.ProtocolVersion;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>What plugins are told of sessions and of the ends of their connections (P-C23, P-C29).</summary>
public sealed class SessionFactsTests
{
    private static readonly MqttProperties Keep = new() { SessionExpiryInterval = 100 };

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C23_a_resumed_session_has_the_facts_of_its_newest_CONNECT(Link link, ProtocolVersion version)
    {
        var sessions = new Sessions();
        await using TestBroker broker = await TestBroker.StartAsync(link, configure: null, sessions);
        MqttProperties? keep = version == V5 ? Keep : null;
        var ports = new List<int>();
        for (int i = 0; i < 2; i++)
        {
            WireClient client = await broker.OpenAsync(version);
            await client.ConnectAsync(
                "c", version, cleanStart: false, keepAlive: (ushort)(10 + i), userName: "u", password: $"{i}", properties: keep,
                will: i == 0 ? new WillMessage { Topic = "w", Retain = true } : null);
            ISession session = await sessions.NextAsync();
            Assert.Equal(("c", "u", TimeSpan.FromSeconds(10 + i), version), (session.ClientId, session.UserName, session.KeepAlive, session.ProtocolVersion));
            Assert.Equal(i == 0, session.Will is { Topic: "w", Retain: true });
            Assert.Equal(i == 1, session.SessionPresent);
            Assert.Equal(IPAddress.Loopback, session.RemoteAddress);
            Assert.False(session.CleanSession);
            ports.Add(session.RemotePort);
            await client.DisconnectAsync();
        }

        Assert.Distinct(ports);
    }

    [Theory, MemberData(nameof(TestBroker.LinksAndVersions), MemberType = typeof(TestBroker))]
    public async Task P_C29_however_a_connection_ends_it_is_told_once_and_its_place_is_free(Link link, ProtocolVersion version)
    {
        var events = new EventRecorder();
        await using TestBroker broker = await TestBroker.StartWithOneLoopAsync(link, static options => options.Limits.MaxConnections = 2, events);
        await events.ExpectAsync("pre_start", "post_start");
        MqttProperties? keep = version == V5 ? Keep : null;
        for (int i = 0; i < 5; i++)
        {
            WireClient client = await broker.ConnectAsync("c", version, cleanStart: false, keep, keepAlive: 10);
            await events.ExpectAsync($"session c {(i == 0 ? "Created" : "Resumed")}", "connected c");
            string cause;
            switch (i)
            {
                case 0:
                    await client.DisconnectAsync();
                    cause = "ClientDisconnect";
                    break;
                case 1:
                    await client.DisposeAsync();
                    cause = "ConnectionLost";
                    break;
                case 2:
                    await client.SendHexAsync("D0 00 D0 00"); // the second comes to an end that is there already
                    await client.ExpectCutAsync(ReasonCode.ProtocolError);
                    cause = "ProtocolError";
                    break;
                case 3:
                    await client.ExpectNothingMoreAsync(); // the silence begins here
                    broker.Time.Advance(TimeSpan.FromSeconds(20));
                    await client.ExpectCutAsync(ReasonCode.KeepAliveTimeout);
                    cause = "KeepAliveTimeout";
                    break;
                default:
                    await broker.ConnectAsync("c", version, cleanStart: false, keep);
                    await client.ExpectCutAsync(ReasonCode.SessionTakenOver);
                    await events.ExpectAsync("disconnected c SessionTakenOver", "session c TakenOver", "connected c");
                    return;
            }

            await events.ExpectAsync($"disconnected c {cause}");
        }
    }

    /// <summary>Hands the sessions that connect to the test.</summary>
    private sealed class Sessions : BaseAuthPlugin
    {
        private readonly System.Threading.Channels.Channel<ISession> _connected = System.Threading.Channels.Channel.CreateUnbounded<ISession>();

        public ValueTask<ISession> NextAsync() => _connected.Reader.ReadAsync(TestContext.Current.CancellationToken);

        public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context) => Decision.Allow;

        public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel) => _connected.Writer.WriteAsync(e.Session, cancel);
    }
}
