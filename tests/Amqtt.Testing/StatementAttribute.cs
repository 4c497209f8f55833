using Xunit.v3;

namespace Amqtt.Testing;

/// <summary>
/// The statements of the standards that a test shows: <c>MQTT-3.1.2-24</c> of MQTT 5.0, <c>v4:3.1.3-8</c> of 3.1.1, <c>prose:...</c> and <c>v3:...</c> for rules
/// without a number; all are in <c>tests/Amqtt.Broker.Tests/Conformance/statements.txt</c>. The tests of one: <c>--filter-trait Statement=MQTT-3.1.2-24</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StatementAttribute(params string[] numbers) : Attribute, ITraitAttribute
{
    /// <summary>Their numbers.</summary>
    public IReadOnlyList<string> Numbers => numbers;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [.. numbers.Select(static number => KeyValuePair.Create("Statement", number))];
}
