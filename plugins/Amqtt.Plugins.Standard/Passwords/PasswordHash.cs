namespace Amqtt.Plugins.Standard;

/// <summary>The hash of one password, of whatever algorithm. Immutable, for any thread.</summary>
internal abstract class PasswordHash
{
    /// <summary>What is to be said about a hash that works but should be replaced; null if it is fine.</summary>
    public virtual string? Weakness => null;

    /// <summary>Reads a hash by its form.</summary>
    /// <param name="text">What stands behind the colon in a password file.</param>
    /// <returns>Null for a form that is unknown, or damaged, or would take unreasonable time or memory.</returns>
    public static PasswordHash? Parse(string text)
    {
        try
        {
            return Argon2Hash.TryParse(text) ?? BcryptHash.TryParse(text) ?? Pbkdf2Hash.TryParse(text) ?? Sha512CryptHash.TryParse(text) as PasswordHash ?? SaltedSha512Hash.TryParse(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether this is the password. Takes the time that the hash was made to take.</summary>
    public abstract bool Verify(ReadOnlySpan<byte> password);
}
