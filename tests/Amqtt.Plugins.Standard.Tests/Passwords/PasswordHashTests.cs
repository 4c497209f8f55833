using System.Text;
using Konscious.Security.Cryptography;

namespace Amqtt.Plugins.Standard.Tests.Passwords;

/// <summary>P-F2: the forms of hashes, as other programs wrote them.</summary>
public sealed class PasswordHashTests
{
    // argon2: test vectors of the reference implementation; bcrypt and $6$: crypt(3); $7$ and the last one: mosquitto_passwd 2.0.
    public static TheoryData<string, string> Hashes => new()
    {
        { "password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc" },
        { "password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc" },
        { "password", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA" },
        { "secret", "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW" },
        { "secret", "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW" },
        { "secret", "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW" },
        { "secret", "$6$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz." },
        { new string('x', 200), "$6$rounds=1400$anotherlongsalts$.KQkrklP5M8SjCD5.dynbwjdUsaj9OA/DclgYZCZZeicMAnXgAW2shwuO/zS8G8mTsY5I1tSi2wbTfFHdOUkI." },
        { "secret", "$7$101$xWw9GAWKKOdIB6vG$Xh+95SD4fik3+0Ob+HjAL2D+IDwiXckRIzuBVYv6K4dFc1I3YSAFqUMllMOESATFu76tUSzYbEsT3Sps5N4gyA==" },
        { "secret", "$6$7h0s8vG/tOp+pqUt$p1XS8WOMLwhxUD27FKhh2AuDvKI34oodqoWN4hZPhXRposTAX1dvIL2ShSqcLBP0CCtQTPbt+9mzzNx4gAuwsw==" },
    };

    [Theory]
    [MemberData(nameof(Hashes))]
    public void The_right_password_is_right_and_every_other_is_wrong(string password, string hash)
    {
        var parsed = PasswordHash.Parse(hash);
        Assert.NotNull(parsed);
        Assert.True(parsed.Verify(Encoding.UTF8.GetBytes(password)));
        Assert.False(parsed.Verify(Encoding.UTF8.GetBytes(password + "x")));
        Assert.False(parsed.Verify(Encoding.UTF8.GetBytes(password[1..])));
        Assert.False(parsed.Verify([]));
    }

    [Fact]
    public void Argon2d_is_understood()
    {
        var argon2 = new Argon2d(Encoding.UTF8.GetBytes("secret")) { Salt = Encoding.UTF8.GetBytes("somesalt"), MemorySize = 256, Iterations = 1, DegreeOfParallelism = 1 };
        var hash = $"$argon2d$v=19$m=256,t=1,p=1${Convert.ToBase64String(argon2.Salt).TrimEnd('=')}${Convert.ToBase64String(argon2.GetBytes(32)).TrimEnd('=')}";
        Assert.True(PasswordHasher.Verify("secret"u8, hash));
        Assert.False(PasswordHasher.Verify("Secret"u8, hash));
    }

    [Fact]
    public void What_is_hashed_here_can_be_checked_here()
    {
        var hash = PasswordHasher.Hash("Grüße 🔑");
        Assert.StartsWith("$argon2id$v=19$m=65536,t=3,p=4$", hash, StringComparison.Ordinal);
        Assert.True(PasswordHasher.Verify("Grüße 🔑"u8, hash));
        Assert.False(PasswordHasher.Verify("Grusse"u8, hash));
        Assert.NotEqual(hash, PasswordHasher.Hash("Grüße 🔑"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("$1$salt$hash")]
    [InlineData("$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ")]
    [InlineData("$argon2id$v=19$m=999999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("$argon2id$v=19$m=8,t=1,p=4$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("$2b$31$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW")]
    [InlineData("$2b$04$short")]
    [InlineData("$6$rounds=999999999$saltstring$AIsRs/Ee56G/tC8MEHhvReZTfx8u3rXXMl6eYrjCG9ibix19DxoMBLogdTET5Ukw9Sf7eZTITsuk0Ry5qulYz.")]
    [InlineData("$7$0$xWw9GAWKKOdIB6vG$Xh+95SD4fik3+0Ob+HjAL2D+IDwiXckRIzuBVYv6K4dFc1I3YSAFqUMllMOESATFu76tUSzYbEsT3Sps5N4gyA==")]
    [InlineData("$7$101$not base64$Xh+95")]
    public void Other_forms_are_none(string hash) => Assert.Null(PasswordHash.Parse(hash));
}
