namespace Amqtt.Plugins.Standard;

/// <summary>A whole access control list, made once and then only read. An action without a table is unrestricted, but for what is denied.</summary>
internal sealed class AccessRules
{
    /// <summary>Who may publish what.</summary>
    public List<AccessTable> Publish { get; } = [];

    /// <summary>Who may subscribe to what.</summary>
    public List<AccessTable> Subscribe { get; } = [];

    /// <summary>Who may receive what.</summary>
    public List<AccessTable> Receive { get; } = [];

    /// <summary>Who may not publish what, whatever is allowed otherwise.</summary>
    public List<AccessTable> PublishDeny { get; } = [];

    /// <summary>Who may not receive what, whatever is allowed otherwise.</summary>
    public List<AccessTable> ReceiveDeny { get; } = [];

    /// <summary>Users that may do everything.</summary>
    public HashSet<string> Superusers { get; } = new(StringComparer.Ordinal);

    /// <summary>What these rules say to one client.</summary>
    public AccessView For(string clientId, string? userName) => new(this, userName)
    {
        IsSuperuser = userName is not null && Superusers.Contains(userName),
        Publish = Allowed(Publish, clientId, userName),
        Subscribe = Allowed(Subscribe, clientId, userName),
        Receive = Allowed(Receive, clientId, userName),
        PublishDeny = Denied(PublishDeny, clientId, userName),
        ReceiveDeny = Denied(ReceiveDeny, clientId, userName),
    };

    private static string[]? Allowed(List<AccessTable> tables, string clientId, string? userName) =>
        tables.Count == 0 ? null : [.. tables.SelectMany(table => table.Of(userName)).Select(rule => rule.Allows(clientId, userName)).OfType<string>()];

    private static string[] Denied(List<AccessTable> tables, string clientId, string? userName) =>
        [.. tables.SelectMany(table => table.Of(userName)).Select(rule => rule.Denies(clientId, userName))];
}
