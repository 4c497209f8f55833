using Amqtt.Broker.Configuration;

namespace Amqtt.Broker.Tests.Configuration;

/// <summary>Defaults that depend on the machine.</summary>
public sealed class MachineLimitsTests
{
    [Theory]
    [InlineData(64, 1)]
    [InlineData(256, 56)]
    [InlineData(1024, 736)]
    [InlineData(4096, 3276)]
    [InlineData(1_048_576, 838_860)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void Connections_leave_descriptors_for_the_process_and_for_those_that_are_turned_away(long descriptors, int expected)
    {
        int connections = MachineLimits.ConnectionsWith(descriptors);

        Assert.Equal(expected, connections);
        if (expected > 1) Assert.InRange(connections + (connections / 8L) + MachineLimits.OwnDescriptors, 1, descriptors);
    }
}
