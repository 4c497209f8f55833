using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using CsCheck;

namespace Amqtt.Plugins.Standard.Tests.AccessControl;

/// <summary>The access control list agrees with a naive model, whatever clients call themselves: what is delivered is exactly what is allowed.</summary>
/// <remarks>The many cases are asked without clients, some of whose names no broker would let in; the broker has its own, fewer.</remarks>
public sealed class AclPropertyTests
{
    private const int ListsTried = 500;
    private const int CasesOfEach = 200;

    // Few levels, so that rules and topics meet; names that are wildcards, paths, patterns, reserved.
    private static readonly string[] Levels = ["a", "b", "", "$SYS", "%c", "%u", "c1", "anonymous"];
    private static readonly string[] Names = ["c1", "a", "b", "+", "#", "a/b", "/", "$SYS", "$all", "$share", "%c", "%u", "admin", "anonymous", "ü", "a+", "\u202e"];

    private static readonly Gen<string> Topic =
        OneOf<string>(["a", "b", "", "$SYS", "c1", "%c", "anonymous", "ü", "%u"]).Array[1, 4].Select(levels => string.Join('/', levels)).Where(topic => topic.Length > 0);

    private static readonly Gen<string> Filter = Gen.Select(OneOf<string>([.. Levels, "+", "ü"]).Array[1, 4], Gen.Int[0, 3])
        .Select((levels, tail) => tail == 0 ? string.Join('/', [.. levels[..^1], "#"]) : string.Join('/', levels))
        .Where(filter => filter.Length > 0);

    private static readonly Gen<Dictionary<string, List<string>>?> Rules = Gen.Select(
        Gen.Int[0, 4],
        Gen.Select(OneOf<string>([.. Names, "$all", "$all"]), Filter.List[0, 4]).Array[1, 5],
        (absent, rules) => absent == 0 ? null : rules.GroupBy(rule => rule.Item1, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Item2, StringComparer.Ordinal));

    private static readonly Gen<(string ClientId, string? User, string Topic, string Filter)> Case =
        Gen.Select(OneOf(Names), OneOf<string?>([.. Names, "", null]), Topic, Filter);

    private static readonly Gen<TopicAccessControlListPlugin.Config> Lists = Gen.Select(Rules, Rules, Rules, Rules, Rules, (publish, subscribe, receive, publishDeny, receiveDeny) =>
        new TopicAccessControlListPlugin.Config { PublishAcl = publish, SubscribeAcl = subscribe, ReceiveAcl = receive, PublishDeny = publishDeny, ReceiveDeny = receiveDeny });

    [Fact]
    public async Task What_is_delivered_is_what_is_allowed()
    {
        var cases = 0;
        await Gen.Select(Lists, Case.Array[CasesOfEach]).SampleAsync(
            async sample =>
            {
                await using var host = await LoadAsync(sample.Item1);
                foreach (var question in sample.Item2) await CheckAsync(host, sample.Item1, question);
                Interlocked.Add(ref cases, CasesOfEach);
            },
            iter: ListsTried);
        Assert.InRange(cases, ListsTried * CasesOfEach, int.MaxValue);
    }

    [Fact]
    public async Task What_the_broker_delivers_is_what_is_allowed()
    {
        // Topics that a broker accepts from a client, and client ids that are unique.
        string[] topics = ["a", "b", "a/b", "a/c1", "b/a", "c1", "c1/a", "ü/b", "/", "anonymous/a"];
        string[] clients = ["c1", "a", "+", "#", "a/b", "%c", "ü", "$SYS"];
        await Gen.Select(Rules, Rules).SampleAsync(Run, iter: 20, threads: 1);

        async Task Run((Dictionary<string, List<string>>? Receive, Dictionary<string, List<string>>? Deny) rules)
        {
            var (receive, deny) = rules;
            await using var host = await PluginTestHost.StartAsync($"plugins: {{anonymous: , acl: {{{Option("receive_acl", receive)}{Option("receive_deny", deny)} superusers: []}}}}");
            var model = new AclModel(receive, deny);
            List<(string Id, PluginTestClient Client, bool IsSubscribed)> receivers = [];
            foreach (var id in clients)
            {
                var client = await host.ConnectAsync(id, id);
                receivers.Add((id, client, await client.SubscribeAsync("#", QoS.AtLeastOnce) == ReasonCode.GrantedQoS1));
            }

            var publisher = await host.ConnectAsync("publisher", "publisher");
            foreach (var topic in topics) await publisher.PublishAsync(topic, "x", QoS.AtLeastOnce);
            foreach (var (id, client, isSubscribed) in receivers)
            {
                foreach (var topic in topics.Where(topic => isSubscribed && model.Allows(id, id, topic))) await client.ExpectAsync(topic, "x");
                await client.ExpectNothingAsync();
            }
        }
    }

    private static async Task CheckAsync(PluginHost host, TopicAccessControlListPlugin.Config lists, (string ClientId, string? User, string Topic, string Filter) question)
    {
        var (clientId, user, topic, filter) = question;
        var session = new TestSession(clientId, user);
        var (mayPublish, mayReceive) = (new AclModel(lists.PublishAcl, lists.PublishDeny), new AclModel(lists.ReceiveAcl, lists.ReceiveDeny));
        var maySubscribe = new AclModel(lists.SubscribeAcl, null);
        Assert.Equal(mayPublish.Allows(clientId, user, topic), await AllowsAsync(host, TopicAction.Publish, session, topic));
        var mayBeReceived = await AllowsAsync(host, TopicAction.Receive, session, topic);
        Assert.Equal(mayReceive.Allows(clientId, user, topic), mayBeReceived);

        // The delivered set: a subscription that was granted, a message that it matches, and that may be received. Nothing of it is outside of any list.
        var isAllowed = maySubscribe.Allows(clientId, user, topic) && mayReceive.Allows(clientId, user, topic);
        var isDelivered = await AllowsAsync(host, TopicAction.Subscribe, session, filter) && AclModel.Matches(filter, topic) && mayBeReceived;
        if (isDelivered) Assert.True(isAllowed);
        // And all that is allowed can be had: a subscription to the very topic is granted and delivers exactly if the lists allow it.
        Assert.Equal(isAllowed, await AllowsAsync(host, TopicAction.Subscribe, session, topic) && mayBeReceived);
    }

    private static async ValueTask<bool> AllowsAsync(PluginHost host, TopicAction action, TestSession session, string topic)
    {
        var verdict = await host.Hooks.Topics.FilterAsync(action, session, topic, QoS.AtMostOnce, retain: false);
        Assert.False(verdict.IsFault);
        return verdict.IsAllowed;
    }

    private static Gen<T> OneOf<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static async Task<PluginHost> LoadAsync(TopicAccessControlListPlugin.Config config) =>
        await PluginHost.LoadAsync(new PluginCollection().Add<TopicAccessControlListPlugin>(config), new() { LoggerFactory = new LogRecorder { Level = Microsoft.Extensions.Logging.LogLevel.None } });

    private static string Option(string key, Dictionary<string, List<string>>? rules) => rules is null ? "" : $"{key}: {Text(rules)}, ";

    private static string Text(Dictionary<string, List<string>>? rules) =>
        rules is null ? "-" : $"{{{string.Join(", ", rules.Select(rule => $"{Quoted(rule.Key)}: [{string.Join(", ", rule.Value.Select(Quoted))}]"))}}}";

    private static string Quoted(string text) => $"\"{text.Replace("\u202e", "\\u202e", StringComparison.Ordinal)}\"";
}
