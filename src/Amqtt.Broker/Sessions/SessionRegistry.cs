using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Broker.Sessions;

/// <summary>The sessions of one loop by client id. On its loop only.</summary>
internal sealed class SessionRegistry
{
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    /// <summary>Sessions, connected or not.</summary>
    public int Count => _sessions.Count;

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<Session> All => _sessions.Values;

    /// <summary>The session of a client id.</summary>
    public bool TryFind(string clientId, [MaybeNullWhen(false)] out Session session) => _sessions.TryGetValue(clientId, out session);

    /// <summary>Adds a session; its client id has none.</summary>
    public void Add(Session session) => _sessions.Add(session.ClientId, session);

    /// <summary>Removes a session.</summary>
    public void Remove(Session session) => _sessions.Remove(session.ClientId);
}
