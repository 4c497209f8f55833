using Amqtt.Protocol.Packets;

namespace Amqtt.Plugins;

/// <summary>A CONNECT while transforms work on it.</summary>
internal sealed class ConnectDraft(ConnectFacts facts, ConnectPacket connect) : Draft
{
    private ConnectEdits _edits = new(connect);
    private ConnectEdits _kept = new(connect);

    public ConnectFacts Facts { get; } = facts;

    /// <summary>The CONNECT as it is now. Replaced as a whole by every change.</summary>
    public ConnectEdits Edits => _edits;

    protected override string ContextName => nameof(ConnectContext);

    public void Set(int generation, ConnectEdits edits)
    {
        BeginWrite(generation);
        _edits = edits;
        EndWrite();
    }

    protected override void Checkpoint() => _kept = _edits;

    protected override void RollBack() => _edits = _kept;

    protected override Draft Successor() => new ConnectDraft(Facts, connect) { _edits = _kept };
}

/// <summary>The values of a CONNECT that a transform may change. Immutable.</summary>
internal sealed record ConnectEdits
{
    private readonly ConnectPacket _original;

    public ConnectEdits(ConnectPacket connect)
    {
        _original = connect;
        ClientId = connect.ClientId;
        UserName = connect.UserName;
        Password = connect.Password;
        CleanStart = connect.CleanStart;
        KeepAlive = connect.KeepAlive;
        SessionExpiryInterval = connect.Properties.SessionExpiryInterval;
        UserProperties = connect.Properties.UserProperties;
        Will = connect.Will;
    }

    public string ClientId { get; init; }

    public string? UserName { get; init; }

    public ReadOnlyMemory<byte>? Password { get; init; }

    public bool CleanStart { get; init; }

    public ushort KeepAlive { get; init; }

    public uint? SessionExpiryInterval { get; init; }

    public IReadOnlyList<UserProperty> UserProperties { get; init; }

    public WillMessage? Will { get; init; }

    /// <summary>The CONNECT with these values; the very same one if nothing was changed.</summary>
    public ConnectPacket ToPacket() => Equals(new(_original)) ? _original : new()
    {
        Version = _original.Version,
        ClientId = ClientId,
        UserName = UserName,
        Password = Password,
        CleanStart = CleanStart,
        KeepAlive = KeepAlive,
        Will = Will,
        Properties = new()
        {
            SessionExpiryInterval = SessionExpiryInterval,
            ReceiveMaximum = _original.Properties.ReceiveMaximum,
            MaximumPacketSize = _original.Properties.MaximumPacketSize,
            TopicAliasMaximum = _original.Properties.TopicAliasMaximum,
            RequestResponseInformation = _original.Properties.RequestResponseInformation,
            RequestProblemInformation = _original.Properties.RequestProblemInformation,
            AuthenticationMethod = _original.Properties.AuthenticationMethod,
            AuthenticationData = _original.Properties.AuthenticationData,
            UserProperties = UserProperties,
        },
    };
}
