using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard;

/// <summary>The users of a password file and their hashes. Immutable: a changed file is a new instance.</summary>
internal sealed class PasswordFile
{
    private readonly Dictionary<string, PasswordHash?> _users = new(StringComparer.Ordinal);
    private readonly PasswordHash[] _hashes;

    private PasswordFile(IEnumerable<(string User, PasswordHash? Hash)> users)
    {
        foreach (var (user, hash) in users) _users[user] = hash;
        _hashes = [.. _users.Values.OfType<PasswordHash>()];
    }

    /// <summary>Nobody.</summary>
    public static PasswordFile Empty { get; } = new([]);

    /// <summary>How many users there are.</summary>
    public int Count => _users.Count;

    /// <summary>Reads <c>name:hash</c> lines. What is odd is logged by line number and never with the line, which may be a secret.</summary>
    public static PasswordFile Parse(string text, string file, ILogger logger)
    {
        var users = new List<(string, PasswordHash?)>();
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var entry = line.Trim();
            if (entry.IsEmpty || entry[0] == '#') continue;
            var colon = entry.IndexOf(':');
            if (colon < 0)
            {
                logger.LogWarning("{File}:{Line}: expected 'name:hash', but there is no ':'; the line is skipped", file, number);
                continue;
            }

            var user = entry[..colon].ToString();
            users.Add((user, Read(entry[(colon + 1)..].ToString(), user, $"{file}:{number}", logger)));
        }

        return new(users);
    }

    /// <summary>
    /// What to check the password of a user against. For a name that is unknown it is the hash of somebody else, always the same for one name, so that
    /// an answer takes as long as one about a known name: who measures it learns nothing.
    /// </summary>
    /// <returns>The hash, null if there is none at all, and whether it is the user's own: if not, no password is right.</returns>
    public (PasswordHash? Hash, bool IsOwn) Find(string user)
    {
        if (_users.TryGetValue(user, out var own) && own is not null) return (own, true);
        // The hash code of a text is seeded anew in every process.
        return (_hashes.Length == 0 ? null : _hashes[(int)((uint)user.GetHashCode(StringComparison.Ordinal) % (uint)_hashes.Length)], false);
    }

    private static PasswordHash? Read(string text, string user, string place, ILogger logger)
    {
        var hash = PasswordHash.Parse(text);
        if (hash is null)
            logger.LogWarning("{Place}: the hash of user '{User}' has a form that is unknown or unreasonable, and the user is refused; expected argon2, bcrypt, $7$ (PBKDF2) or $6$ (SHA-512-crypt)", place, LogText.Escape(user));
        else if (hash.Weakness is { } weakness)
            logger.LogWarning("{Place}: the hash of user '{User}' is weak ({Weakness}); set a new one with 'amqtt passwd'", place, LogText.Escape(user), weakness);
        return hash;
    }
}
