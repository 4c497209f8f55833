using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using BCrypt.Net;

namespace Amqtt.Plugins.Standard;

/// <summary>bcrypt: <c>$2a$</c>, <c>$2b$</c>, <c>$2y$</c>.</summary>
internal sealed partial class BcryptHash : PasswordHash
{
    private const int HighestCost = 18;

    private readonly string _hash;

    private BcryptHash(string hash) => _hash = hash;

    public static BcryptHash? TryParse(string text)
    {
        if (Form().Match(text) is not { Success: true } form) return null;
        var cost = int.Parse(form.Groups["cost"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        return cost is >= 4 and <= HighestCost ? new(text) : null;
    }

    public override bool Verify(ReadOnlySpan<byte> password)
    {
        try
        {
            return BCrypt.Net.BCrypt.Verify(Encoding.UTF8.GetString(password), _hash);
        }
        catch (SaltParseException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
