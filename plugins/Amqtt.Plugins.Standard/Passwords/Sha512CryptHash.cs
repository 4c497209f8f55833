using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Amqtt.Plugins.Standard;

/// <summary>SHA-512-crypt: <c>$6$salt$hash</c> or <c>$6$rounds=N$salt$hash</c> (https://www.akkadia.org/drepper/SHA-crypt.txt).</summary>
internal sealed partial class Sha512CryptHash : PasswordHash
{
    private const int DefaultRounds = 5000;
    private const int FewestRounds = 1000;
    private const int MostRounds = 10_000_000;
    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly int _rounds;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private Sha512CryptHash(int rounds, byte[] salt, byte[] hash)
    {
        _rounds = rounds;
        _salt = salt;
        _hash = hash;
    }

    public override string Weakness => "SHA-512-crypt, which needs no memory to attack";

    public static Sha512CryptHash? TryParse(string text)
    {
        if (Form().Match(text) is not { Success: true } form) return null;
        var rounds = DefaultRounds;
        if (form.Groups["rounds"] is { Success: true } written)
        {
            if (!int.TryParse(written.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out rounds) || rounds > MostRounds) return null;
            rounds = Math.Max(rounds, FewestRounds);
        }

        return new(rounds, Encoding.UTF8.GetBytes(form.Groups["salt"].Value), Encoding.ASCII.GetBytes(form.Groups["hash"].Value));
    }

    public override bool Verify(ReadOnlySpan<byte> password) => CryptographicOperations.FixedTimeEquals(Encode(Digest(password)), _hash);

    // The steps have no names in the specification but numbers; 4-8 make b, 1-12 a, 13-16 p, 17-20 s, 21 the rounds.
    private byte[] Digest(ReadOnlySpan<byte> password)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        sha.AppendData(password);
        sha.AppendData(_salt);
        sha.AppendData(password);
        var b = sha.GetHashAndReset();

        sha.AppendData(password);
        sha.AppendData(_salt);
        AppendRepeated(sha, b, password.Length);
        for (var bits = password.Length; bits > 0; bits >>= 1) sha.AppendData((bits & 1) != 0 ? b : password);
        var a = sha.GetHashAndReset();

        for (var i = 0; i < password.Length; i++) sha.AppendData(password);
        var p = Repeated(sha.GetHashAndReset(), password.Length);
        for (var i = 0; i < 16 + a[0]; i++) sha.AppendData(_salt);
        var s = Repeated(sha.GetHashAndReset(), _salt.Length);

        for (var round = 0; round < _rounds; round++)
        {
            var isOdd = (round & 1) != 0;
            sha.AppendData(isOdd ? p : a);
            if (round % 3 != 0) sha.AppendData(s);
            if (round % 7 != 0) sha.AppendData(p);
            sha.AppendData(isOdd ? a : p);
            sha.GetHashAndReset(a);
        }

        return a;
    }

    private static void AppendRepeated(IncrementalHash sha, byte[] bytes, int length)
    {
        for (; length > bytes.Length; length -= bytes.Length) sha.AppendData(bytes);
        sha.AppendData(bytes, 0, length);
    }

    private static byte[] Repeated(byte[] bytes, int length)
    {
        var result = new byte[length];
        for (var i = 0; i < length; i++) result[i] = bytes[i % bytes.Length];
        return result;
    }

    // Three bytes each, 21 apart and turning; the last byte alone.
    private static byte[] Encode(byte[] digest)
    {
        var text = new byte[86];
        var at = 0;
        var (first, second, third) = (0, 21, 42);
        for (var i = 0; i < 21; i++)
        {
            at = Append(text, at, (digest[first] << 16) | (digest[second] << 8) | digest[third], characters: 4);
            (first, second, third) = (second + 1, third + 1, first + 1);
        }

        Append(text, at, digest[63], characters: 2);
        return text;
    }

    private static int Append(byte[] text, int at, int bits, int characters)
    {
        for (var i = 0; i < characters; i++, bits >>= 6) text[at++] = (byte)Alphabet[bits & 63];
        return at;
    }

    [GeneratedRegex(@"\A\$6\$(rounds=(?<rounds>\d{1,9})\$)?(?<salt>[^$\n:]{0,16})\$(?<hash>[./0-9A-Za-z]{86})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
