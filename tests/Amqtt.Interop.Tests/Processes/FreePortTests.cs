namespace Amqtt.Interop.Tests.Processes;

/// <summary>Ports that brokers of one run can have side by side.</summary>
public sealed class FreePortTests
{
    [Fact]
    public void No_port_is_given_twice()
    {
        int[] ports = [.. Enumerable.Range(0, 500).Select(static _ => FreePort.Next())];
        Assert.Equal(ports.Length, ports.Distinct().Count());
    }
}
