namespace Amqtt.Runtime.Configuration.Binding;

/// <summary>Reads paths that are relative to the configuration file and, where asked, checks that something is there.</summary>
internal static class PathReader
{
    public static Reading Read(ConfigPathAttribute path, ConfigScalar scalar, BindTarget target)
    {
        if (scalar.Text.Length == 0)
            return Reading.Failed(target.Expected("a path", scalar));
        var full = ConfigPaths.Resolve(scalar.Text, scalar.Location);
        return path.MustExist switch
        {
            PathKind.File when !File.Exists(full) => Reading.Failed(Missing("file", Directory.Exists(full) ? "is a folder" : "does not exist")),
            PathKind.Folder when !Directory.Exists(full) => Reading.Failed(Missing("folder", File.Exists(full) ? "is a file" : "does not exist")),
            _ => Reading.Ok(full),
        };

        // A relative path is also shown in full: what it is relative to is the usual mistake.
        string Missing(string kind, string problem) =>
            $"{target.KeyPath}: expected an existing {kind}, but '{scalar.Source}' {problem}{(full == scalar.Source ? "" : $" ({(scalar.Source == scalar.Text ? full : "after substitution")})")}";
    }
}
