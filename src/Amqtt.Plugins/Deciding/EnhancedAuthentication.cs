using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>
/// The role of a plugin that offers a method of enhanced authentication (MQTT 5, section 4.12), such as SCRAM or Kerberos. A client that names the method is
/// authenticated by it alone: <see cref="IAuthPlugin"/>s are not asked. A client that names a method nobody offers is refused with
/// <see cref="ReasonCode.BadAuthenticationMethod"/>.
/// </summary>
public interface IEnhancedAuthPlugin
{
    /// <summary>The method's name, as clients send it; the same at any time. Of two plugins with one method the first in configuration order is asked.</summary>
    string Method { get; }

    /// <summary>A client begins to authenticate, or does so again while it is connected (<see cref="AuthenticateContext.IsReauthentication"/>). Called on the thread pool; must not wait.</summary>
    /// <param name="context">Who asks. Usable until the exchange has ended; what is set on it counts if the exchange succeeds.</param>
    /// <returns>The state of this one exchange.</returns>
    IAuthExchange Begin(AuthenticateContext context);
}

/// <summary>One exchange of enhanced authentication. Its calls never overlap. It is disposed when it has ended, also because the client went away.</summary>
public interface IAuthExchange : IAsyncDisposable
{
    /// <summary>The client has sent data: with its CONNECT, or with an AUTH that began or continues the exchange. Called on the thread pool.</summary>
    /// <param name="data">The data; empty if there is none. Not to be kept.</param>
    /// <param name="cancel">Cancelled when five seconds have passed or the client is gone.</param>
    /// <returns>What follows. An exception or a time-out ends the exchange and refuses the client.</returns>
    ValueTask<AuthStep> ContinueAsync(ReadOnlyMemory<byte> data, CancellationToken cancel);
}

/// <summary>What follows in an exchange of enhanced authentication.</summary>
public readonly record struct AuthStep
{
    private AuthStep(Decision decision, ReadOnlyMemory<byte>? data, bool isChallenge)
    {
        Decision = decision;
        Data = data;
        IsChallenge = isChallenge;
    }

    /// <summary>Data for the client, or null.</summary>
    public ReadOnlyMemory<byte>? Data { get; }

    /// <summary>Whether the client is to answer.</summary>
    public bool IsChallenge { get; }

    /// <summary>The outcome, if it is no challenge.</summary>
    public Decision Decision { get; }

    /// <summary>The client is sent AUTH with this data and is to answer.</summary>
    /// <param name="data">Data for the client, or null.</param>
    public static AuthStep Challenge(ReadOnlyMemory<byte>? data = null) => new(default, data, isChallenge: true);

    /// <summary>The client is who it says.</summary>
    /// <param name="data">Data that goes with the good news (CONNACK, or AUTH after a re-authentication), or null.</param>
    public static AuthStep Success(ReadOnlyMemory<byte>? data = null) => new(Decision.Allow, data, isChallenge: false);

    /// <summary>The client is refused.</summary>
    /// <param name="reason">The reason code; null is <see cref="ReasonCode.NotAuthorized"/>.</param>
    /// <param name="text">A sentence for the client, or null.</param>
    public static AuthStep Fail(ReasonCode? reason = null, string? text = null) => new(Decision.Deny(reason, text), null, isChallenge: false);
}
