using Amqtt.Fuzz;

namespace Amqtt.Broker.Tests.Hostile;

/// <summary>The targets of the fuzzers, driven by a seeded generator: the longer run is a command (see CONTRIBUTING).</summary>
public sealed class FuzzTests
{
    [Fact]
    public async Task Twenty_thousand_generated_inputs_against_the_running_broker() =>
        await SeededRun.RunAsync(seed: 20_261_125, cases: 20_000, static _ => { }, TestContext.Current.CancellationToken);
}
