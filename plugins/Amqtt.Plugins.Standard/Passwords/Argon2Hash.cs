using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Konscious.Security.Cryptography;

namespace Amqtt.Plugins.Standard;

/// <summary>Argon2 (RFC 9106) in the PHC form: <c>$argon2id$v=19$m=65536,t=3,p=4$salt$hash</c>; also argon2i and argon2d.</summary>
internal sealed partial class Argon2Hash : PasswordHash
{
    // Beyond these a single login would hold up the machine; nobody hashes passwords so.
    private const int MostMemory = 1024 * 1024;
    private const int MostIterations = 1000;
    private const int MostLanes = 64;

    private readonly string _kind;
    private readonly int _memory;
    private readonly int _iterations;
    private readonly int _lanes;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private Argon2Hash(string kind, int memory, int iterations, int lanes, byte[] salt, byte[] hash)
    {
        _kind = kind;
        _memory = memory;
        _iterations = iterations;
        _lanes = lanes;
        _salt = salt;
        _hash = hash;
    }

    public static Argon2Hash? TryParse(string text)
    {
        if (Form().Match(text) is not { Success: true } form) return null;
        var (memory, iterations, lanes) = (Number(form, "m"), Number(form, "t"), Number(form, "p"));
        var (salt, hash) = (FromBase64(form.Groups["salt"].Value), FromBase64(form.Groups["hash"].Value));
        var isReasonable = lanes is >= 1 and <= MostLanes && iterations is >= 1 and <= MostIterations && memory >= 8 * lanes && memory <= MostMemory
            && salt.Length >= 8 && hash.Length is >= 4 and <= 1024;
        return isReasonable ? new(form.Groups["kind"].Value, memory, iterations, lanes, salt, hash) : null;
    }

    /// <summary>Hashes a new password as <c>amqtt passwd</c> and argon2-cffi do: argon2id, 64 MiB, three passes, four lanes.</summary>
    public static string Create(ReadOnlySpan<byte> password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var hash = Compute("id", password, salt, memory: 65536, iterations: 3, lanes: 4, length: 32);
        return $"$argon2id$v=19$m=65536,t=3,p=4${ToBase64(salt)}${ToBase64(hash)}";
    }

    public override bool Verify(ReadOnlySpan<byte> password) =>
        CryptographicOperations.FixedTimeEquals(Compute(_kind, password, _salt, _memory, _iterations, _lanes, _hash.Length), _hash);

    private static byte[] Compute(string kind, ReadOnlySpan<byte> password, byte[] salt, int memory, int iterations, int lanes, int length)
    {
        // The library refuses an empty password, which is a wrong one anyway: nothing can have been hashed from it.
        var copy = password.IsEmpty ? [0] : password.ToArray();
        using Argon2 argon2 = kind switch { "id" => new Argon2id(copy), "i" => new Argon2i(copy), _ => new Argon2d(copy) };
        argon2.Salt = salt;
        argon2.MemorySize = memory;
        argon2.Iterations = iterations;
        argon2.DegreeOfParallelism = lanes;
        var hash = argon2.GetBytes(length);
        CryptographicOperations.ZeroMemory(copy);
        return hash;
    }

    private static int Number(Match form, string name) => int.Parse(form.Groups[name].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    // PHC base64 has no padding.
    private static byte[] FromBase64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));

    private static string ToBase64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    [GeneratedRegex(
        @"\A\$argon2(?<kind>id|i|d)\$v=19\$m=(?<m>\d{1,9}),t=(?<t>\d{1,9}),p=(?<p>\d{1,9})\$(?<salt>[A-Za-z0-9+/]+)\$(?<hash>[A-Za-z0-9+/]+)\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
