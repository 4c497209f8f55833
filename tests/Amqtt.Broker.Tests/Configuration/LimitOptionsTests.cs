using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Tests.Configuration;

public sealed class LimitOptionsTests
{
    // spec/limits.md, row by row; max_memory and max_connections depend on the machine.
    private const string Documented = """
        connect_timeout: 10s
        tls_connect_timeout: 20s
        max_packet_size: 1MiB
        max_connect_packet_size: 128KiB
        max_keep_alive: 1h
        receive_maximum: 32
        max_inflight: 32
        max_queued_messages: 1000
        max_queued_bytes: 8MiB
        queue_overflow: drop_qos0_then_newest
        max_output_bytes: 1MiB
        output_stall_timeout: 30s
        max_topic_levels: 128
        max_topic_length: 1KiB
        max_client_id_length: 256
        topic_alias_maximum: 16
        topic_alias_bytes: 64KiB
        max_user_properties: 64
        max_user_property_bytes: 16KiB
        max_subscriptions: 1000
        max_filters_per_subscribe: 100
        max_shared_group_members: 1000
        max_retained_messages: 100000
        max_retained_bytes: 256MiB
        max_sessions: 100000
        max_sessions_per_identity: unlimited
        max_session_expiry: 7d
        max_qos: 2
        retain_available: true
        wildcard_available: true
        shared_available: true
        subscription_ids_available: true
        max_connections_per_address: unlimited
        connect_rate: 2000
        connect_burst: 1000
        connect_rate_per_address: unlimited
        publish_rate: unlimited
        publish_rate_bytes: unlimited
        failed_logins: 10
        max_round_bytes: 256KiB
        max_round_deliveries: 4096

        """;

    [Fact]
    public void Every_limit_has_its_documented_default()
    {
        var lines = YamlText.Write(ConfigTree.Describe(new LimitOptions())).Split('\n');

        Assert.Equal(Documented.Split('\n'), lines.Where(l => !l.StartsWith("max_memory:", StringComparison.Ordinal) && !l.StartsWith("max_connections:", StringComparison.Ordinal)));
        Assert.InRange(new LimitOptions().MaxConnections, 1, int.MaxValue);
        Assert.InRange(new LimitOptions().MaxMemory, 1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    [Theory]
    [InlineData("max_packet_size: 256MiB", "max_packet_size: expected a size such as 64KiB from 1KiB to 268435455, but found '256MiB'")]
    [InlineData("receive_maximum: 0", "receive_maximum: expected a whole number from 1 to 65535, but found '0'")]
    [InlineData("max_topic_length: 65536", "max_topic_length: expected a size such as 64KiB from 1 to 65535, but found '65536'")]
    [InlineData("max_keep_alive: 1d", "max_keep_alive: expected a duration such as 5s or 1m30s (a number counts as seconds) from 1s to 18h12m15s, or 'unlimited', but found '1d'")]
    [InlineData("queue_overflow: drop", "queue_overflow: expected one of drop_qos0_then_newest, drop_oldest, disconnect, but found 'drop'")]
    [InlineData("max_memory: 110%", "max_memory: expected a size such as 512MiB or a share of the memory such as 75% of at least 16MiB, or 'unlimited', but found '110%'")]
    public void A_limit_out_of_range_says_what_would_be_right(string yaml, string message) =>
        Assert.EndsWith(": limits." + message, Assert.Single(Reading.Errors($"limits: {{{yaml}}}")), StringComparison.Ordinal);

    [Fact]
    public void Zero_and_unlimited_switch_off_what_can_be_switched_off()
    {
        var limits = BrokerConfiguration.FromYaml(
            "limits: {max_keep_alive: 0, max_queued_messages: 0, max_queued_bytes: unlimited, max_memory: unlimited, max_session_expiry: unlimited, topic_alias_maximum: 0}").Limits;

        Assert.Equal(Timeout.InfiniteTimeSpan, limits.MaxKeepAlive);
        Assert.Equal(int.MaxValue, limits.MaxQueuedMessages);
        Assert.Equal(long.MaxValue, limits.MaxQueuedBytes);
        Assert.Equal(long.MaxValue, limits.MaxMemory);
        Assert.Equal(Timeout.InfiniteTimeSpan, limits.MaxSessionExpiry);
        Assert.Equal(0, limits.TopicAliasMaximum);
    }

    [Fact]
    public void Memory_can_be_a_share_of_what_there_is() =>
        Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, BrokerConfiguration.FromYaml("limits: {max_memory: 50%}").Limits.MaxMemory);
}
