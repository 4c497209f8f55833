using Amqtt.Plugins;

namespace ClientTour;

public sealed class FreshToken(FreshToken.Config config) : ClientPlugin
{
    public sealed class Config { public required string TokenFile { get; init; } }

    public override async ValueTask OnConnectingAsync(ConnectingContext context, CancellationToken cancel) =>
        context.Options = context.Options with { Password = await File.ReadAllBytesAsync(config.TokenFile, cancel) };
}
