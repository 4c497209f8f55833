using System.Security.Cryptography;

namespace Amqtt.Plugins.Standard;

/// <summary>One round of SHA-512 over password and salt, as mosquitto before 2.0 wrote it: <c>$6$salt$hash</c> in base64. It shares its number with SHA-512-crypt.</summary>
internal sealed class SaltedSha512Hash : PasswordHash
{
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private SaltedSha512Hash(byte[] salt, byte[] hash)
    {
        _salt = salt;
        _hash = hash;
    }

    public override string Weakness => "one round of SHA-512";

    public static SaltedSha512Hash? TryParse(string text)
    {
        // 64 bytes in base64 end with two signs that SHA-512-crypt does not have.
        if (text.Split('$') is not ["", "6", var salt, { Length: 88 } hash]) return null;
        return new(Convert.FromBase64String(salt), Convert.FromBase64String(hash));
    }

    public override bool Verify(ReadOnlySpan<byte> password) =>
        CryptographicOperations.FixedTimeEquals(SHA512.HashData([.. password, .. _salt]), _hash);
}
