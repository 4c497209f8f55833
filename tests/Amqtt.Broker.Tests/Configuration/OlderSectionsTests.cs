using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Tests.Configuration;

/// <summary>P-A11: what the older sections mean, row by row.</summary>
public sealed class OlderSectionsTests
{
    private const string Loggers = "amqtt.plugins.logging_amqtt.EventLoggerPlugin amqtt.plugins.logging_amqtt.PacketLoggerPlugin";
    private const string Anonymous = "amqtt.plugins.authentication.AnonymousAuthPlugin{allow_anonymous: true}";
    private const string Sys = "amqtt.plugins.sys.broker.BrokerSysPlugin{sys_interval: 20}";

    [Theory]
    // auth without plugins: loggers, $SYS, and what auth.plugins names; absent = both, [] = none.
    [InlineData("auth: {}", $"{Loggers} {Sys} auth_anonymous{{}} auth_file{{}}")]
    [InlineData("auth: {plugins: }", $"{Loggers} {Sys} auth_anonymous{{}} auth_file{{}}")]
    [InlineData("auth: {plugins: []}", $"{Loggers} {Sys}")]
    [InlineData("auth: {plugins: [auth_file], password-file: p}", $"{Loggers} {Sys} auth_file{{password-file: p}}")]
    [InlineData("auth: {plugins: [auth_anonymous, auth_file], allow-anonymous: false, passwordFile: p}", $"{Loggers} {Sys} auth_anonymous{{allow-anonymous: false}} auth_file{{passwordFile: p}}")]
    [InlineData("{auth: {allow-anonymous: true}, plugins: }", $"{Loggers} {Sys} auth_anonymous{{allow-anonymous: true}} auth_file{{}}")]
    // topic-check: only if enabled; absent = both, [] = none; without auth beside the four default plugins.
    [InlineData("topic-check: {enabled: true}", $"{Loggers} {Anonymous} {Sys} topic_taboo topic_acl{{}}")]
    [InlineData("topic-check: {enabled: on, plugins: [topic_taboo]}", $"{Loggers} {Anonymous} {Sys} topic_taboo")]
    [InlineData("topic_check: {enabled: true, plugins: []}", $"{Loggers} {Anonymous} {Sys}")]
    [InlineData("topicCheck: {enabled: false, plugins: [topic_taboo]}", $"{Loggers} {Anonymous} {Sys}")]
    [InlineData("topic-check: {plugins: [topic_taboo]}", $"{Loggers} {Anonymous} {Sys}")]
    [InlineData("topic-check: {enabled: true, plugins: [topic_acl], acl: {bob: [a]}, publish-acl: {bob: [b]}, receive-acl: {}}", $"{Loggers} {Anonymous} {Sys} topic_acl{{acl: {{bob: [a]}}, publish-acl: {{bob: [b]}}, receive-acl: {{}}}}")]
    [InlineData("{auth: {plugins: [auth_anonymous]}, topic-check: {enabled: true, plugins: [topic_acl], subscribe-acl: {}}}", $"{Loggers} {Sys} auth_anonymous{{}} topic_acl{{subscribe-acl: {{}}}}")]
    // sys_interval: the interval of the $SYS plugin, unless that sets its own.
    [InlineData("sys_interval: 5", $"{Loggers} {Anonymous} amqtt.plugins.sys.broker.BrokerSysPlugin{{sys_interval: 5}}")]
    [InlineData("{sys-interval: 5, auth: {plugins: []}}", $"{Loggers} amqtt.plugins.sys.broker.BrokerSysPlugin{{sys-interval: 5}}")]
    [InlineData("{sys_interval: 5, plugins: [broker_sys, x]}", "broker_sys{sys_interval: 5} x")]
    [InlineData("{sys_interval: 5, plugins: {amqtt.plugins.sys.broker.BrokerSysPlugin: {qos: 1}}}", "amqtt.plugins.sys.broker.BrokerSysPlugin{qos: 1, sys_interval: 5}")]
    [InlineData("{sys_interval: 5, plugins: {amqtt.plugins.sys.broker.BrokerSysPlugin: {sysInterval: 7}}}", "amqtt.plugins.sys.broker.BrokerSysPlugin{sysInterval: 7}")]
    [InlineData("{sys_interval: 5, plugins: []}", "")]
    // plugins together with them: plugins counts.
    [InlineData("{auth: {plugins: [auth_file]}, topic-check: {enabled: true}, plugins: [anonymous]}", "anonymous")]
    [InlineData("{auth: , topic-check: , sys_interval: }", $"{Loggers} {Anonymous} {Sys}")]
    public void P_A11_which_plugins_run_with_which_options(string yaml, string expected) =>
        Assert.Equal(expected, string.Join(' ', BrokerConfiguration.FromYaml(yaml).Plugins.Select(plugin => plugin.Path + Inline(plugin.Options))));

    [Theory]
    [InlineData("auth: {allow-anonymous: true}\n", "broker.yaml:1:1: auth: this is an older section; list the authentication plugins and their options under 'plugins'")]
    [InlineData("topic-check: {enabled: false}\n", "broker.yaml:1:1: topic-check: this is an older section; list the topic plugins and their options under 'plugins'")]
    [InlineData("sys_interval: 5\n", "broker.yaml:1:1: sys_interval: this is an older key; set 'sys_interval' of amqtt.plugins.sys.broker.BrokerSysPlugin under 'plugins'")]
    [InlineData("auth: {}\nplugins: []\n", "broker.yaml:1:1: auth: this older section is ignored because there is a section 'plugins'; list the authentication plugins and their options under 'plugins'")]
    [InlineData("topic-check: {enabled: true}\nplugins: []\n", "broker.yaml:1:1: topic-check: this older section is ignored because there is a section 'plugins'; list the topic plugins and their options under 'plugins'")]
    public void P_A11_each_use_is_one_warning_that_names_the_replacement(string yaml, string expected) => Assert.Equal([expected], Reading.Warnings(yaml));

    [Theory]
    [InlineData("auth: [auth_file]", "broker.yaml:1:7: auth: expected a mapping, but found a list")]
    [InlineData("auth: {plugins: auth_file}", "broker.yaml:1:17: auth.plugins: expected a list of plugin names such as [auth_anonymous, auth_file], but found 'auth_file'")]
    [InlineData("auth: {plugins: [{a: b}]}", "broker.yaml:1:18: auth.plugins: expected a list of plugin names such as [auth_anonymous, auth_file], but found a mapping")]
    [InlineData("auth: {pasword-file: x}", "broker.yaml:1:8: auth.pasword-file: unknown key of an older section; did you mean 'password_file'?")]
    [InlineData("topic-check: {enabled: 'true'}", "broker.yaml:1:24: topic-check.enabled: expected true or false, but found the text \"true\"; remove the quotes")]
    [InlineData("topic-check: {enable: true}", "broker.yaml:1:15: topic-check.enable: unknown key of an older section; did you mean 'enabled'?")]
    public void P_A11_a_mistake_in_an_older_section_has_its_place(string yaml, string expected) => Assert.Equal([expected], Reading.Errors(yaml));

    private static string Inline(ConfigNode? node) => node switch
    {
        null => "",
        ConfigMapping mapping => $"{{{string.Join(", ", mapping.Entries.Select(entry => $"{entry.Key.Text}: {Inline(entry.Value)}"))}}}",
        ConfigSequence list => $"[{string.Join(", ", list.Items.Select(Inline))}]",
        ConfigScalar scalar => scalar.Text,
        _ => "",
    };
}
