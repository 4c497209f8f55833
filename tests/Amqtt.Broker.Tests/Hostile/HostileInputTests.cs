using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Testing;
using Amqtt.Testing.Golden;

namespace Amqtt.Broker.Tests.Hostile;

/// <summary>How the bytes come in. What the broker makes of them must not depend on it.</summary>
public enum Arrival
{
    /// <summary>The opening is answered before they are sent.</summary>
    Alone,

    /// <summary>In one segment with the opening.</summary>
    Together,

    /// <summary>Byte after byte.</summary>
    Dripped,
}

/// <summary>Bytes that no client should send: the sender gets what it deserves, and everybody else does not notice (P-C6, P-C21).</summary>
public sealed class HostileInputTests(HostileInputTests.Broker shared) : IClassFixture<HostileInputTests.Broker>
{
    public static TheoryData<Arrival, string> Cases => new MatrixTheoryData<Arrival, string>(Enum.GetValues<Arrival>(), HostileCases.All.Select(static c => c.Name));

    [Fact]
    public void There_are_enough_of_them() => Assert.InRange(HostileCases.All.Count(), 250, int.MaxValue);

    [Theory, MemberData(nameof(Cases))]
    public async Task Has_its_outcome(Arrival arrival, string name)
    {
        HostileCase hostile = HostileCases.Find(name);
        await using WireClient client = await shared.Running.OpenAsync(hostile.Version);
        byte[] opening = hostile.OpeningBytes;
        if (arrival == Arrival.Together)
        {
            await client.SendAsync([.. opening, .. hostile.Bytes]);
            if (opening.Length > 0) Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
        }
        else
        {
            if (opening.Length > 0)
            {
                await client.SendAsync(opening);
                Assert.Equal(ReasonCode.Success, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
            }

            if (arrival == Arrival.Alone) await client.SendAsync(hostile.Bytes);
            else await DripAsync(client, hostile.Bytes);
        }

        await ExpectAsync(client, hostile);
        await shared.ServesAsync();
    }

    private static async Task ExpectAsync(WireClient client, HostileCase hostile)
    {
        if (hostile.Answers.Length > 0) await client.ExpectHexAsync(Convert.ToHexString(Notations.ToBytes(hostile.Answers)));
        switch (hostile.Outcome)
        {
            case Outcome.ConnAck:
                Assert.Equal(hostile.Reason, (await client.ReceiveAsync<ConnAckPacket>()).Reason);
                break;
            case Outcome.Disconnect:
                Assert.Equal(hostile.Reason, (await client.ReceiveAsync<DisconnectPacket>()).Reason);
                break;
            case Outcome.GoesOn:
                await client.ExpectNothingMoreAsync();
                return;
        }

        await client.ExpectClosedAsync();
    }

    private static async Task DripAsync(WireClient client, byte[] bytes)
    {
        try
        {
            foreach (byte one in bytes) await client.SendAsync(one);
        }
        catch (IOException)
        {
            // The broker has seen enough.
        }
    }

    /// <summary>One broker for all cases, and a client that is there all the time.</summary>
    public sealed class Broker : IAsyncLifetime
    {
        private WireClient? _witness;

        internal TestBroker Running { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Running = await TestBroker.StartAsync();
            _witness = await Running.ConnectAsync("witness", ProtocolVersion.V5);
            await _witness.SubscribeAsync("served", QoS.AtLeastOnce);
        }

        public ValueTask DisposeAsync() => Running.DisposeAsync();

        /// <summary>A fresh client reaches the one that has been there all the time.</summary>
        internal async Task ServesAsync()
        {
            await using WireClient fresh = await Running.OpenAsync(ProtocolVersion.V5);
            await fresh.ConnectAsync("fresh", ProtocolVersion.V5);
            Assert.Equal(ReasonCode.Success, await fresh.PublishAsync("served", "x", QoS.AtLeastOnce));
            PublishPacket received = await _witness!.ExpectPublishAsync("served", "x");
            await _witness.SendAsync(new PubAckPacket { PacketId = received.PacketId });
        }
    }
}
