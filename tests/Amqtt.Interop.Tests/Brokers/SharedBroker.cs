using Amqtt.Interop.Tests.Brokers;

[assembly: AssemblyFixture(typeof(SharedBroker))]

namespace Amqtt.Interop.Tests.Brokers;

/// <summary>One broker for all tests of foreign clients; its end, in order and with exit code 0, is part of what is tested.</summary>
public sealed class SharedBroker : IAsyncLifetime
{
    private TestBroker? _broker;

    internal Target Plain => _broker!.Plain;

    internal Target Tls => _broker!.Tls;

    internal Target this[Transport transport] => _broker![transport];

    public async ValueTask InitializeAsync() => _broker = await TestBroker.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
    }
}
