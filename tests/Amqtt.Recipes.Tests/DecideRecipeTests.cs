using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Amqtt.Plugins.Testing;
using Amqtt.Protocol;
using Recipes;

namespace Amqtt.Recipes.Tests;

public sealed class DecideRecipeTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string Options = $"key: {Key}";

    // The test's clock begins with 2026.
    private const long Start = 1_767_225_600;

    [Fact]
    public async Task WebToken_says_who_a_client_is_and_what_it_may_do()
    {
        await using var host = await PluginTestHost.StartAsync<WebToken>(Options);
        await using var client = await host.ConnectAsync("c1", "whoever", Token($$"""{"sub":"line-7","exp":{{Start + 60}},"tenant":"acme","publish":["up/7/#"],"subscribe":["down/7/#"]}"""));

        Assert.Equal(ReasonCode.GrantedQoS2, await client.SubscribeAsync("down/7/#"));
        Assert.Equal(ReasonCode.NotAuthorized, await client.SubscribeAsync("down/#"));
        Assert.Equal(ReasonCode.NotAuthorized, await client.PublishAsync("down/7/x", "x", QoS.AtLeastOnce));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await client.PublishAsync("up/7/x", "x", QoS.AtLeastOnce));
        Assert.True(host.Broker.FindSession("c1")!.Attributes.TryGet(WebToken.Tenant, out var tenant));
        Assert.Equal("acme", tenant);
        var (_, another) = await host.TryConnectAsync("c1", "whoever", Token($$"""{"sub":"line-8","exp":{{Start + 60}}}"""));
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, another.Reason);
    }

    [Fact]
    public async Task WebToken_ends_the_connection_when_the_token_expires()
    {
        await using var host = await PluginTestHost.StartAsync<WebToken>(Options);
        await using var client = await host.ConnectAsync("c1", "whoever", Token($$"""{"sub":"line-7","exp":{{Start + 60}}}"""));

        await host.AdvanceUntilAsync(client.WaitForEndAsync());
        Assert.Equal(ReasonCode.NotAuthorized, client.Disconnect!.Reason);
        Assert.Equal(60, (host.Time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(Start)).TotalSeconds, tolerance: 5);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no token")]
    [InlineData("a.b")]
    [InlineData("..")]
    [InlineData("*.*.*")]
    public async Task WebToken_denies_what_is_no_token_without_failing(string password)
    {
        await using var host = await PluginTestHost.StartAsync<WebToken>(Options);
        var (_, answer) = await host.TryConnectAsync("c1", "whoever", password);
        Assert.Equal(password.Length == 0 ? ReasonCode.NotAuthorized : ReasonCode.BadUserNameOrPassword, answer.Reason);
    }

    [Fact]
    public async Task WebToken_denies_tokens_of_others_expired_ones_and_such_with_impossible_claims()
    {
        await using var host = await PluginTestHost.StartAsync<WebToken>(Options);
        foreach (var token in new[]
        {
            Token($$"""{"sub":"line-7","exp":{{Start + 60}}}""", "another key"),
            Token($$"""{"sub":"line-7","exp":{{Start}}}"""),
            Token($$"""{"sub":"line-7","exp":{{long.MaxValue}}}"""),
            Token("""{"sub":"line-7"}"""),
            Token($$"""{"sub":"line-7","exp":{{Start + 60}},"publish":["a/#/b"]}"""),
            Token($$"""{"sub":null,"exp":{{Start + 60}}}"""),
            Token("null"),
            Token("{"),
        })
        {
            var (_, answer) = await host.TryConnectAsync("c1", "whoever", token);
            Assert.Equal((ReasonCode.BadUserNameOrPassword, "the token is not valid"), (answer.Reason, answer.Properties.ReasonString));
        }
    }

    [Fact]
    public Task WebToken_survives() => PluginConformance.CheckAsync<WebToken>(Options);

    private static string Token(string claims, string key = Key)
    {
        var signed = $"{Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)))}";
    }
}
