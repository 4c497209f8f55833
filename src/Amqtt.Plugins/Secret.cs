using System.Diagnostics;

namespace Amqtt.Plugins;

/// <summary>A configured value that must not be printed: every text form of it is <c>***</c>.</summary>
/// <param name="value">The secret text.</param>
[DebuggerDisplay("***")]
public sealed class Secret(string value)
{
    private readonly string _value = value;

    /// <summary>The secret text. Use it at the last moment and keep no copy.</summary>
    public string Reveal() => _value;

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}
