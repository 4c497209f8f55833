using System.Buffers;
using System.Text;
using Amqtt.Plugins.Standard;

namespace Amqtt.Cli.Commands;

/// <summary><c>amqtt passwd FILE USER</c>: sets, replaces or removes a line of a password file, or prints a hash.</summary>
internal sealed class PasswdCommand(Terminal terminal, Func<(string? Password, string? Problem)> readPassword)
{
    // What ends a name or a line in a password file.
    private static readonly SearchValues<char> Separators = SearchValues.Create(":\r\n\u0085\u2028\u2029\f");

    // Replacement characters would change the names of users that nobody is about to change.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Asks for a password and prints its hash.</summary>
    public int PrintHash()
    {
        if (Ask() is not { } password) return 1;
        terminal.Output.WriteLine(PasswordHasher.Hash(password));
        return 0;
    }

    /// <summary>Changes a file.</summary>
    /// <returns>0, or 1 if something is wrong, and then the file is as it was.</returns>
    public int Change(string file, string user, bool create, bool delete)
    {
        if (Problem(file, user, create, delete) is { } problem) return Fail(problem);
        try
        {
            var lines = new PasswordLines(create ? "" : File.ReadAllText(file, StrictUtf8));
            if (delete && !lines.Remove(user)) return Fail($"{file}: there is no user '{user}'");
            if (!delete)
            {
                if (Ask() is not { } password) return 1;
                lines.Set(user, PasswordHasher.Hash(password));
            }

            Replace(file, lines.ToString(), isNew: create);
        }
        catch (DecoderFallbackException)
        {
            return Fail($"{file} is not UTF-8 text, which the broker would not read; expected it to be saved as UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail($"{file}: {e.Message}");
        }

        terminal.Done(delete ? $"{file}: user '{user}' is removed" : $"{file}: the password of user '{user}' is set");
        return 0;
    }

    private static string? Problem(string file, string user, bool create, bool delete)
    {
        if (user.Length == 0 || user != user.Trim()) return "a user name must not be empty, or begin or end with a space";
        if (user.AsSpan().ContainsAny(Separators)) return "a user name must not have a ':' or a line break in it";
        if (user[0] == '#') return "a user name must not begin with '#', because a line that does is a comment";
        if (create && delete) return "--create and --delete exclude each other";
        if (Directory.Exists(file)) return $"{file} is a folder; expected the name of a password file";
        if (create && Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder)) return $"the folder {folder} does not exist; expected one that does";
        if (create && Path.Exists(file)) return $"{file} exists already; leave out --create to change it";
        return create || File.Exists(file) ? null : $"{file} does not exist; add --create to make it";
    }

    // All or nothing: a broker that reads the file meanwhile sees the old one or the new one.
    private static void Replace(string file, string text, bool isNew)
    {
        var target = new FileInfo(isNew ? file : File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
        var temporary = $"{target.FullName}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = isNew ? OwnerOnly : target.UnixFileMode;
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target.FullName, overwrite: !isNew);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private string? Ask()
    {
        var (password, problem) = readPassword();
        if (problem is null && string.IsNullOrWhiteSpace(password)) problem = "the password must not be blank";
        if (problem is null && Encoding.UTF8.GetByteCount(password!) > PasswordHasher.LongestPassword) problem = $"the password must not have more than {PasswordHasher.LongestPassword} bytes: the broker would never let it in";
        if (problem is null) return password;
        Fail(problem);
        return null;
    }

    private int Fail(string problem)
    {
        terminal.Error(problem);
        return 1;
    }
}
