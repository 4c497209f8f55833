using System.Collections.Concurrent;
using Amqtt.Broker.Tests.Support;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Deciding;

/// <summary>Connections that a plugin turns away before anything else of their CONNECT is looked at.</summary>
public sealed class ConnectionFilterTests
{
    [Theory, MemberData(nameof(TestBroker.Links), MemberType = typeof(TestBroker))]
    public async Task A_filter_turns_away_with_its_code_and_nobody_else_is_asked(Link link)
    {
        var asked = new ConcurrentQueue<string>();
        await using TestBroker broker = await TestBroker.StartAsync(
            link,
            configure: null,
            new TurnsAway(static context => context.ClientId switch
            {
                "banned" => Decision.Deny(ReasonCode.Banned, "go away"),
                "no" => false,
                "broken" => throw new InvalidOperationException("the filter broke"),
                _ => Decision.NoOpinion,
            }),
            new Authenticates(context =>
            {
                asked.Enqueue(context.ClientId);
                return true;
            }));
        foreach ((string id, ReasonCode expected, string? text) in new[] { ("banned", ReasonCode.Banned, "go away"), ("no", ReasonCode.NotAuthorized, null), ("broken", ReasonCode.ServerUnavailable, null) })
        {
            (WireClient client, ConnAckPacket answer) = await broker.ConnectAsync(new ConnectPacket { Version = ProtocolVersion.V5, ClientId = id, CleanStart = true });
            Assert.Equal((expected, text), (answer.Reason, answer.Properties.ReasonString));
            await client.ExpectClosedAsync();
        }

        WireClient older = await broker.OpenAsync();
        await older.SendAsync(new ConnectPacket { Version = ProtocolVersion.V311, ClientId = "banned", CleanStart = true });
        await older.ExpectHexAsync("20 02 00 05");
        await broker.ConnectAsync("fine");
        Assert.Equal(["fine"], asked);
    }

    private sealed class TurnsAway(Func<ConnectionContext, Decision> decide) : BrokerPlugin, IConnectionFilter
    {
        public ValueTask<Decision> FilterConnectionAsync(ConnectionContext context)
        {
            Assert.Equal("default", context.Listener);
            return decide(context);
        }
    }
}
