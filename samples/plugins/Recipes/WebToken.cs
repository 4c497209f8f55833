using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Recipes;

/// <summary>
/// Lets clients in whose password is a JSON Web Token (HS256). Its claims say who the client is, until when, and what it may do:
/// <c>{"sub": "line-7", "exp": 1767225600, "tenant": "acme", "publish": ["up/7/#"], "subscribe": ["down/7/#"]}</c>.
/// </summary>
public sealed partial class WebToken(WebToken.Config config, TimeProvider time) : BaseAuthPlugin
{
    /// <summary>Where other plugins find the client's tenant: <c>session.Attributes.TryGet(WebToken.Tenant, out var tenant)</c>.</summary>
    public static readonly SessionKey<string> Tenant = new("recipes.tenant");

    private readonly byte[] _key = Encoding.UTF8.GetBytes(config.Key.Reveal());

    public sealed class Config
    {
        /// <summary>What tokens are signed with.</summary>
        public required Secret Key { get; init; }
    }

    /// <inheritdoc/>
    public override ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
    {
        // Without a token there is nothing to say: another plugin may know the client.
        if (context.Password is not { Length: > 0 } password) return Decision.NoOpinion;
        if (!TryRead(password.Span, out var claims) || DateTimeOffset.FromUnixTimeSeconds(claims.Expires) <= time.GetUtcNow())
            return Decision.Deny(ReasonCode.BadUserNameOrPassword, "the token is not valid");

        context.Identity = claims.Subject;
        context.CredentialExpiry = DateTimeOffset.FromUnixTimeSeconds(claims.Expires);
        context.Permissions =
        [
            .. (claims.Publish ?? []).Select(filter => new TopicPermission(filter, TopicAccess.Publish)),
            .. (claims.Subscribe ?? []).Select(filter => new TopicPermission(filter, TopicAccess.Subscribe | TopicAccess.Receive)),
        ];
        if (claims.Tenant is { } tenant) context.Attributes.Set(Tenant, tenant);
        return Decision.Allow;
    }

    // What is malformed is no token of ours. An exception would refuse the client as well, but as a fault: after many of them nobody gets in for a while.
    private bool TryRead(ReadOnlySpan<byte> token, [NotNullWhen(true)] out Claims? claims)
    {
        claims = null;
        var (payload, signature) = (token.IndexOf((byte)'.') + 1, token.LastIndexOf((byte)'.') + 1);
        if (signature <= payload || !TryDecode(token[signature..], out var given) || !TryDecode(token[payload..(signature - 1)], out var json)) return false;
        // The algorithm is ours to choose, whatever the header says.
        if (!CryptographicOperations.FixedTimeEquals(given, HMACSHA256.HashData(_key, token[..(signature - 1)]))) return false;
        try
        {
            claims = JsonSerializer.Deserialize(json, ClaimsContext.Default.Claims);
        }
        catch (JsonException)
        {
            return false;
        }

        return claims is { Subject.Length: > 0, Expires: >= 0 and < 253402300800 } // the year 10000
            && (claims.Publish ?? []).Concat(claims.Subscribe ?? []).All(static filter => TopicFilter.IsValid(filter));
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromUtf8(text, bytes, out _, out var written) != OperationStatus.Done) return false;
        Array.Resize(ref bytes, written);
        return true;
    }

    internal sealed record Claims
    {
        [JsonPropertyName("sub")]
        public required string Subject { get; init; }

        [JsonPropertyName("exp")]
        public required long Expires { get; init; }

        [JsonPropertyName("tenant")]
        public string? Tenant { get; init; }

        [JsonPropertyName("publish")]
        public string[]? Publish { get; init; }

        [JsonPropertyName("subscribe")]
        public string[]? Subscribe { get; init; }
    }

    // Of the plugin's own, so that it can be unloaded.
    [JsonSerializable(typeof(Claims))]
    internal sealed partial class ClaimsContext : JsonSerializerContext;
}
