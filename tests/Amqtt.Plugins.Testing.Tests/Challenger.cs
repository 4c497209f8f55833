namespace Amqtt.Plugins.Testing.Tests;

/// <summary>Enhanced authentication in one round: the client has to send the number after the one that it is sent.</summary>
public sealed class Challenger : BrokerPlugin, IEnhancedAuthPlugin
{
    private byte _last;

    public string Method => "NEXT";

    public IAuthExchange Begin(AuthenticateContext context) => new Exchange(++_last);

    private sealed class Exchange(byte number) : IAuthExchange
    {
        private bool _isAsked;

        public ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel)
        {
            if (_isAsked) return new(data.Span is [var answer] && answer == number + 1 ? AuthStep.Success() : AuthStep.Fail());
            _isAsked = true;
            return new(AuthStep.Challenge(new[] { number }));
        }

        public ValueTask DisposeAsync() => default;
    }
}
