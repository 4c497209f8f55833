using System.Globalization;
using System.Security.Cryptography;

namespace Amqtt.Plugins.Standard;

/// <summary>PBKDF2 with SHA-512 as <c>mosquitto_passwd</c> writes it: <c>$7$iterations$salt$hash</c> in base64.</summary>
internal sealed class Pbkdf2Hash : PasswordHash
{
    private const int MostIterations = 10_000_000;
    private const int Strong = 100_000;

    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private Pbkdf2Hash(int iterations, byte[] salt, byte[] hash)
    {
        _iterations = iterations;
        _salt = salt;
        _hash = hash;
    }

    // mosquitto's own default is 101 iterations; what came from there works, and says so once.
    public override string? Weakness => _iterations < Strong ? $"PBKDF2 with only {_iterations} iterations" : null;

    public static Pbkdf2Hash? TryParse(string text)
    {
        if (text.Split('$') is not ["", "7", var iterations, var salt, var hash]) return null;
        if (!int.TryParse(iterations, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MostIterations) return null;
        var (saltBytes, hashBytes) = (Convert.FromBase64String(salt), Convert.FromBase64String(hash));
        return saltBytes.Length > 0 && hashBytes.Length == SHA512.HashSizeInBytes ? new(count, saltBytes, hashBytes) : null;
    }

    public override bool Verify(ReadOnlySpan<byte> password) =>
        CryptographicOperations.FixedTimeEquals(Rfc2898DeriveBytes.Pbkdf2(password, _salt, _iterations, HashAlgorithmName.SHA512, _hash.Length), _hash);
}
