using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Broker.Sessions;

/// <summary>The sessions of one loop by client id. Written on its loop only, read on any thread: plugins look at sessions without holding up the loop.</summary>
internal sealed class SessionRegistry
{
    private readonly ConcurrentDictionary<string, Session> _sessions = new(concurrencyLevel: 1, capacity: 31, StringComparer.Ordinal);

    /// <summary>All of them, connected or not; enumerated without a lock.</summary>
    public IEnumerable<Session> All => _sessions.Select(static pair => pair.Value);

    /// <summary>The session of a client id.</summary>
    public bool TryFind(string clientId, [MaybeNullWhen(false)] out Session session) => _sessions.TryGetValue(clientId, out session);

    /// <summary>Adds a session; its client id has none.</summary>
    public void Add(Session session)
    {
        if (!_sessions.TryAdd(session.ClientId, session)) throw new InvalidOperationException("a client id has one session");
    }

    /// <summary>Removes a session.</summary>
    public void Remove(Session session) => _sessions.TryRemove(new(session.ClientId, session));
}
