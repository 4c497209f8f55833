namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Reads enums by name, in any of the spellings that keys have too; never by number.</summary>
internal static class EnumReader
{
    public static ScalarType For(Type type)
    {
        var names = Enum.GetNames(type);
        var expected = $"one of {string.Join(", ", names.Select(KeyNames.Snake))}";
        return new(expected, (scalar, target) =>
        {
            var name = Array.Find(names, n => KeyNames.Same(n, scalar.Text));
            return name is not null ? Reading.Ok(Enum.Parse(type, name)) : Reading.Failed(target.Expected(expected, scalar, Nearest.Hint(scalar.Text, names)));
        });
    }
}
