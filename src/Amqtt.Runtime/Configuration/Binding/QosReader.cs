using Amqtt.Protocol;

namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Reads a QoS as the number that everybody writes, or by name as other enums.</summary>
internal static class QosReader
{
    private const string Expected = "0, 1 or 2 (also at_most_once, at_least_once, exactly_once)";

    private static readonly ScalarType ByName = EnumReader.For(typeof(QoS));

    public static ScalarType Type { get; } = new(Expected, Read);

    private static Reading Read(ConfigScalar scalar, BindTarget target)
    {
        if (scalar is { IsPlain: true, Text: [>= '0' and <= '2' and var digit] }) return Reading.Ok((QoS)(digit - '0'));
        var named = ByName.Read(scalar, target);
        return named.Problem is null ? named : Reading.Failed(target.Expected(Expected, scalar));
    }
}
