namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>How one simple type is read.</summary>
/// <param name="Expected">What is expected, in the words of a message: "a whole number".</param>
/// <param name="Read">Reads a scalar that is not empty.</param>
internal sealed record ScalarType(string Expected, Func<ConfigScalar, BindTarget, Reading> Read)
{
    /// <summary>Set for types that are ordered numbers, so that ranges and "unlimited" belong into the expectation.</summary>
    public bool IsNumeric { get; init; }
}

/// <summary>What came of reading a scalar: a value or a problem.</summary>
/// <param name="Value">The value.</param>
/// <param name="Problem">The whole message, or null.</param>
internal readonly record struct Reading(object? Value, string? Problem)
{
    public static Reading Ok(object value) => new(value, null);

    public static Reading Failed(string problem) => new(null, problem);
}
