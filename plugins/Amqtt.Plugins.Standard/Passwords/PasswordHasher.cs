using System.Security.Cryptography;
using System.Text;

namespace Amqtt.Plugins.Standard;

/// <summary>Makes and checks the hashes that a password file of <see cref="FileAuthPlugin"/> has.</summary>
public static class PasswordHasher
{
    /// <summary>Bytes of the longest password that <see cref="FileAuthPlugin"/> lets in: 1024. Longer ones are none, and SHA-512-crypt takes quadratic time.</summary>
    public const int LongestPassword = 1024;

    /// <summary>Hashes a password with argon2id (64 MiB, three passes, four lanes) and a new salt. Takes about a tenth of a second.</summary>
    /// <param name="password">The password; not empty.</param>
    /// <returns>The hash in PHC form, ASCII.</returns>
    /// <exception cref="ArgumentException">The password is empty.</exception>
    public static string Hash(string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        var bytes = Encoding.UTF8.GetBytes(password);
        var hash = Argon2Hash.Create(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return hash;
    }

    /// <summary>Whether a hash is that of a password. Takes the time that the hash was made to take.</summary>
    /// <param name="password">The password, as UTF-8.</param>
    /// <param name="hash">A hash of any form that <see cref="FileAuthPlugin"/> understands.</param>
    /// <returns>False also for a hash of an unknown form.</returns>
    public static bool Verify(ReadOnlySpan<byte> password, string hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return PasswordHash.Parse(hash)?.Verify(password) ?? false;
    }
}
