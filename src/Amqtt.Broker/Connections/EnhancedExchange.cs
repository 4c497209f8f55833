using Amqtt.Broker.Diagnostics;
using Amqtt.Broker.Sessions;
using Amqtt.Broker.Transport;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Connections;

/// <summary>
/// Enhanced authentication of one client (section 4.12): several rounds of AUTH before CONNACK, and again whenever the connected client wants to. On the connection's loop.
/// </summary>
internal sealed class EnhancedExchange(Connection connection, ConnectHandler handler)
{
    private RunningExchange? _running;
    private ConnectPacket? _connect;
    private AuthenticateContext? _context;
    private string? _method;

    private BrokerState Broker => connection.Broker;

    /// <summary>A CONNECT names a method.</summary>
    public async Task BeginAsync(string method, ConnectPacket connect, AuthenticateContext context)
    {
        _method = method;
        _connect = connect;
        _context = context;
        _running = Broker.Hooks.EnhancedAuthentication.Begin(method, context);
        if (_running is null)
        {
            handler.Refuse(connect, ReasonCode.BadAuthenticationMethod, "no plugin offers this authentication method", refusal: Refusal.AuthenticationMethod); // [MQTT-4.12.0-1]
            return;
        }

        await ContinueConnectAsync(connect.Properties.AuthenticationData);
    }

    /// <summary>AUTH of a client that has not been accepted yet.</summary>
    public Task ContinueAsync(AuthPacket auth)
    {
        Require(auth, ReasonCode.ContinueAuthentication);
        return ContinueConnectAsync(auth.Properties.AuthenticationData);
    }

    /// <summary>AUTH of a client that is connected: it begins to authenticate again, or goes on [MQTT-4.12.1-1].</summary>
    public async Task AuthenticateAgainAsync(AuthPacket auth)
    {
        if (_method is null) throw new CodecException(ReasonCode.ProtocolError, "AUTH from a client whose CONNECT named no authentication method");
        Require(auth, _running is null ? ReasonCode.ReAuthenticate : ReasonCode.ContinueAuthentication);
        if (_running is null)
        {
            _context = ContextAgain();
            _running = Broker.Hooks.EnhancedAuthentication.Begin(_method, _context);
        }

        if (_running is null)
        {
            connection.Fail(ReasonCode.NotAuthorized, "no plugin offers this authentication method any more", DisconnectCause.Administrative);
            return;
        }

        RunningExchange running = _running;
        AuthStep? step = await running.ContinueAsync(auth.Properties.AuthenticationData ?? ReadOnlyMemory<byte>.Empty).On(connection.Shard.Loop);
        if (connection.HasEnded) return;
        if (step is { IsChallenge: true } challenge)
        {
            Send(ReasonCode.ContinueAuthentication, challenge.Data);
            return;
        }

        _running = null;
        if (step is not { Decision.IsAllow: true } success)
        {
            ReasonCode reason = step is null ? ReasonCode.ImplementationSpecificError : step.Value.Decision.Reason ?? ReasonCode.NotAuthorized;
            if (step is { } failed) handler.Remember(connection.Session!.UserName, Verdict.Denied(failed.Decision.Reason)); // or one could guess here what CONNECT makes slow
            if (!reason.IsAllowedIn(PacketType.Disconnect, PacketSender.Server)) reason = ReasonCode.NotAuthorized;
            connection.Fail(reason, step?.Decision.Text, step is null ? DisconnectCause.PluginFault : DisconnectCause.Administrative, by: running.Plugin); // [MQTT-4.12.1-2]
            return;
        }

        Session session = connection.Session!;
        if (!session.MayBelongTo(running.Outputs.Identity ?? session.UserName))
        {
            handler.Remember(session.UserName, Verdict.Denied());
            connection.Fail(ReasonCode.NotAuthorized, "the client authenticated as somebody else", DisconnectCause.Administrative);
            return;
        }

        session.Grant(running.Outputs.Attributes);
        if (running.Outputs.Permissions is { } permissions)
        {
            Broker.GrantPermissions();
            session.Grant(permissions);
        }

        connection.ExpireAt(running.Outputs.CredentialExpiry);
        Send(ReasonCode.Success, success.Data);
    }

    /// <summary>The connection has ended.</summary>
    public void Abort() => _running?.End();

    private async Task ContinueConnectAsync(ReadOnlyMemory<byte>? data)
    {
        AuthStep? step = await _running!.ContinueAsync(data ?? ReadOnlyMemory<byte>.Empty).On(connection.Channel.Loop);
        if (connection.HasEnded) return;
        switch (step)
        {
            case null:
                handler.Refuse(_connect!, Verdict.Fault with { By = _running.Plugin });
                break;
            case { IsChallenge: true }:
                Send(ReasonCode.ContinueAuthentication, step.Value.Data);
                connection.AwaitAuth();
                break;
            case { Decision.IsAllow: true }:
                _running.Outputs.ApplyTo(_context!);
                _running = null;
                handler.Remember(_connect!.UserName, Verdict.Allowed);
                await handler.AdmitAsync(_connect!, _context!, step.Value.Data);
                _connect = null;
                break;
            default:
                var denied = Verdict.Denied(step.Value.Decision.Reason, step.Value.Decision.Text) with { By = _running.Plugin };
                handler.Remember(_connect!.UserName, denied);
                handler.Refuse(_connect, denied);
                break;
        }
    }

    private AuthenticateContext ContextAgain()
    {
        Session session = connection.Session!;
        PeerInfo peer = connection.Channel.Peer;
        return new AuthenticateContext
        {
            ClientId = session.ClientId,
            UserName = session.UserName,
            PeerCertificate = peer.Certificate,
            RemoteAddress = peer.Address,
            RemotePort = peer.Port,
            Listener = peer.Listener,
            ProtocolVersion = connection.Version,
            IsReauthentication = true,
        };
    }

    private void Require(AuthPacket auth, ReasonCode expected)
    {
        if (!string.Equals(auth.Properties.AuthenticationMethod, _method, StringComparison.Ordinal)) // [MQTT-4.12.0-3] [MQTT-4.12.1-1]
            throw new CodecException(ReasonCode.ProtocolError, "AUTH names another authentication method than CONNECT");
        if (auth.Reason != expected)
            throw new CodecException(ReasonCode.ProtocolError, $"AUTH with reason {auth.Reason}; expected {expected}");
    }

    private void Send(ReasonCode reason, ReadOnlyMemory<byte>? data) => connection.Send(new AuthPacket
    {
        Reason = reason,
        Properties = new MqttProperties { AuthenticationMethod = _method, AuthenticationData = data },
    });
}
