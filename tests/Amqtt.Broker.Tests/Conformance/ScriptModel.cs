using Amqtt.Broker.Tests.Routing;
using Amqtt.Protocol;

namespace Amqtt.Broker.Tests.Conformance;

/// <summary>One step of a random script.</summary>
internal abstract record Step
{
    /// <summary>A client subscribes.</summary>
    public sealed record Subscribe(int Client, string Filter, QoS QoS, bool NoLocal, bool RetainAsPublished, RetainHandling Handling, uint Identifier) : Step;

    /// <summary>A client unsubscribes.</summary>
    public sealed record Unsubscribe(int Client, string Filter) : Step;

    /// <summary>Clients publish at the same time, each its own messages in order.</summary>
    public sealed record Publish(Message[] Messages) : Step
    {
        public override string ToString() => $"Publish {string.Join("; ", Messages.AsEnumerable())}";
    }

    /// <summary>A client loses its connection.</summary>
    public sealed record Leave(int Client) : Step;

    /// <summary>A client comes back.</summary>
    public sealed record Return(int Client) : Step;

    /// <summary>A message of a script.</summary>
    public sealed record Message(int Client, string Topic, QoS QoS, bool Retain, bool IsEmpty);
}

/// <summary>What a client has to receive.</summary>
internal sealed record Expected(int Publisher, string Topic, string Payload, QoS QoS, bool Retain, string Identifiers);

/// <summary>Sections 3.3, 3.8, 3.10 and 4.7 word for word, with no thought of speed: what a broker has to deliver, and in which order.</summary>
internal sealed class ScriptModel(int clients, Func<int, bool> isV5, bool copyForEach)
{
    private readonly Dictionary<string, (Step.Message Message, string Payload)> _retained = new(StringComparer.Ordinal);
    private readonly List<Step.Subscribe>[] _subscriptions = [.. Enumerable.Range(0, clients).Select(static _ => new List<Step.Subscribe>())];
    private readonly List<Expected>[] _queues = [.. Enumerable.Range(0, clients).Select(static _ => new List<Expected>())];
    private readonly bool[] _isAway = new bool[clients];
    private int _published;

    /// <summary>Whether a client is connected.</summary>
    public bool IsConnected(int client) => !_isAway[client];

    /// <summary>What the retained store brings, in no particular order.</summary>
    public List<Expected> Subscribe(Step.Subscribe step)
    {
        List<Step.Subscribe> mine = _subscriptions[step.Client];
        bool isNew = mine.RemoveAll(known => known.Filter == step.Filter) == 0;
        mine.Add(step);
        bool brings = !isV5(step.Client) || step.Handling == RetainHandling.SendAtSubscribe || (step.Handling == RetainHandling.SendIfNew && isNew);
        if (!brings) return [];
        return
        [
            .. from kept in _retained.Values
               where NaiveMatcher.Matches(step.Filter, kept.Message.Topic) && !(step.NoLocal && kept.Message.Client == step.Client)
               select new Expected(kept.Message.Client, kept.Message.Topic, kept.Payload, Lower(kept.Message.QoS, step.QoS), Retain: true, Identifiers(step.Client, [step])),
        ];
    }

    /// <summary>Whether there was such a subscription.</summary>
    public bool Unsubscribe(Step.Unsubscribe step) => _subscriptions[step.Client].RemoveAll(known => known.Filter == step.Filter) > 0;

    /// <summary>The payload of the next message, different for all.</summary>
    public string PayloadFor(Step.Message message) => message.IsEmpty ? "" : $"{_published++}";

    /// <summary>What a message brings to whom; for those who are away it waits.</summary>
    public IEnumerable<(int Client, Expected Message)> Publish(Step.Message message, string payload)
    {
        if (message.Topic.StartsWith('$')) yield break;
        if (message.Retain && payload.Length == 0) _retained.Remove(message.Topic);
        else if (message.Retain) _retained[message.Topic] = (message, payload);
        for (int client = 0; client < clients; client++)
        {
            List<Step.Subscribe> matches = [.. _subscriptions[client].Where(s => NaiveMatcher.Matches(s.Filter, message.Topic) && !(s.NoLocal && message.Client == client))];
            if (matches.Count == 0) continue;
            IEnumerable<List<Step.Subscribe>> copies = copyForEach ? matches.Select(static one => new List<Step.Subscribe> { one }) : [matches];
            foreach (List<Step.Subscribe> copy in copies)
            {
                var expected = new Expected(
                    message.Client, message.Topic, payload, Lower(message.QoS, copy.Max(static s => s.QoS)), message.Retain && copy.Any(static s => s.RetainAsPublished), Identifiers(client, copy));
                if (!_isAway[client]) yield return (client, expected);
                else if (expected.QoS != QoS.AtMostOnce) _queues[client].Add(expected);
            }
        }
    }

    /// <summary>The client is away from now on.</summary>
    public void Leave(int client) => _isAway[client] = true;

    /// <summary>What has waited for the client.</summary>
    public List<Expected> Return(int client)
    {
        List<Expected> waiting = _queues[client];
        _queues[client] = [];
        _isAway[client] = false;
        return waiting;
    }

    private string Identifiers(int client, IEnumerable<Step.Subscribe> matches) =>
        isV5(client) ? string.Join(',', matches.Select(static s => s.Identifier).Where(static id => id != 0).Order()) : "";

    private static QoS Lower(QoS one, QoS other) => one < other ? one : other;
}
