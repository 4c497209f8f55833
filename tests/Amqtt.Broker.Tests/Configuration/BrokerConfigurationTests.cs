using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Tests.Configuration;

public sealed class BrokerConfigurationTests
{
    [Fact]
    public void P_A1_four_ways_to_say_the_same_are_equal()
    {
        const string yaml = """
            listeners:
              default: {bind: 127.0.0.1:1884, max_connections: 10}
              inside: {type: external, limits: {max_packet_size: 2MiB}}
            timeout_disconnect_delay: 2
            session_expiry_interval: 60
            limits: {max_inflight: 5, max_queued_messages: unlimited}
            """;
        var file = Path.GetTempFileName();
        File.WriteAllText(file, yaml);
        var typed = new BrokerOptions
        {
            Listeners = new()
            {
                ["default"] = new() { Bind = ListenEndpoint.Parse("127.0.0.1:1884"), MaxConnections = 10 },
                ["inside"] = new() { Type = ListenerType.External, Limits = new() { MaxPacketSize = 2 * 1024 * 1024 } },
            },
            TimeoutDisconnectDelay = TimeSpan.FromSeconds(2),
            SessionExpiryInterval = TimeSpan.FromMinutes(1),
            Limits = new() { MaxInflight = 5, MaxQueuedMessages = int.MaxValue },
        };
        var strings = new Dictionary<string, object?>
        {
            ["listeners"] = new Dictionary<string, object?>
            {
                ["default"] = new Dictionary<string, string> { ["bind"] = "127.0.0.1:1884", ["max_connections"] = "10" },
                ["inside"] = new Dictionary<string, object?> { ["type"] = "external", ["limits"] = new Dictionary<string, string> { ["max_packet_size"] = "2MiB" } },
            },
            ["timeout_disconnect_delay"] = "2",
            ["session_expiry_interval"] = "60",
            ["limits"] = new Dictionary<string, object?> { ["max_inflight"] = 5, ["max_queued_messages"] = "unlimited" },
        };

        try
        {
            var expected = Reading.Effective(typed);

            typed.Validate();
            Assert.Equal(expected, Reading.Effective(BrokerConfiguration.FromYaml(yaml)));
            Assert.Equal(expected, Reading.Effective(BrokerConfiguration.FromFile(file)));
            Assert.Equal(expected, Reading.Effective(BrokerConfiguration.FromDictionary(strings)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void P_A2_nothing_an_empty_file_and_the_shipped_default_are_equal()
    {
        var nothing = Reading.Effective(new BrokerOptions());

        Assert.Equal(nothing, Reading.Effective(BrokerConfiguration.FromYaml("")));
        Assert.Equal(nothing, Reading.Effective(BrokerConfiguration.FromYaml(BrokerConfiguration.DefaultYaml)));
        var options = new BrokerOptions();
        Assert.Equal("0.0.0.0:1883", Assert.Single(options.EffectiveListeners()).Bind?.ToString());
        Assert.Equal(["EventLoggerPlugin", "PacketLoggerPlugin", "AnonymousAuthPlugin", "BrokerSysPlugin"], options.Plugins.Select(p => p.Path.Split('.')[^1]));
        Assert.Equal(TimeSpan.Zero, options.TimeoutDisconnectDelay);
        Assert.Equal(Timeout.InfiniteTimeSpan, options.SessionExpiryInterval);
        options.Validate();
    }

    [Fact]
    public void What_is_described_reads_back_as_the_same()
    {
        var options = new BrokerOptions { Limits = new() { MaxQueuedBytes = long.MaxValue, PublishRate = 7, MaxMemory = 1L << 30 }, EventLoops = 3 };
        options.Listeners["default"].AllowedOrigins = AllowedOrigins.Of("https://a.example", "null");

        var again = BrokerConfiguration.FromYaml(YamlText.Write(options.Describe()));

        Assert.Equal(YamlText.Write(options.Describe()), YamlText.Write(again.Describe()));
        Assert.Equal(options.Limits.MaxQueuedBytes, again.Limits.MaxQueuedBytes);
        Assert.Equal(["https://a.example", "null"], again.Listeners["default"].AllowedOrigins?.Origins);
    }

    [Fact]
    public void P_A5_an_explicit_value_wins_over_an_inherited_one_also_when_it_is_the_default()
    {
        var options = BrokerConfiguration.FromYaml(
            """
            listeners:
              default: {bind: 127.0.0.1:1, max_connections: 5, max_connections_mode: wait, limits: {max_inflight: 3}}
              inherits: {bind: 127.0.0.1:2}
              explicit: {type: tcp, bind: 127.0.0.1:3, max_connections: 0, ssl: false, max_connections_mode: refuse, limits: {max_inflight: 32}}
            limits: {max_inflight: 4, receive_maximum: 9}
            """);

        var listeners = options.EffectiveListeners();

        Assert.Equal([5, 5, int.MaxValue], listeners.Select(l => l.MaxConnections));
        Assert.Equal([MaxConnectionsMode.Wait, MaxConnectionsMode.Wait, MaxConnectionsMode.Refuse], listeners.Select(l => l.MaxConnectionsMode));
        Assert.Equal([3, 3, 32], listeners.Select(l => l.Limits.MaxInflight));
        Assert.Equal([9, 9, 9], listeners.Select(l => l.Limits.ReceiveMaximum));
    }

    [Fact]
    public void P_A5_null_is_a_value_too()
    {
        var options = BrokerConfiguration.FromYaml("listeners:\n  default: {bind: null}\n  a: {bind: 127.0.0.1:1}\n  b: {}\n");

        Assert.Equal([null, "127.0.0.1:1", null], options.EffectiveListeners().Select(l => l.Bind?.ToString()));
    }

    [Fact]
    public void P_A6_listeners_without_default_are_an_error() => Assert.Equal(
        ["broker.yaml:1:1: listeners: there is no listener 'default', from which all others inherit; expected an entry of that name"],
        Reading.Errors("listeners:\n  tls: {bind: 127.0.0.1:1}\n"));

    [Fact]
    public void P_A7_every_mistake_is_reported_with_place_path_value_and_what_was_expected() => Assert.Equal(
        [
            "broker.yaml:3:5: listeners.default.bindd: unknown key; did you mean 'bind'?",
            "broker.yaml:4:22: listeners.default.max_connections: expected a whole number, or 'unlimited', but found the text \"5\"; remove the quotes",
            "broker.yaml:5:11: listeners.default.type: expected one of tcp, ws, external, unix, but found 'tpc'; did you mean 'tcp'?",
            $"broker.yaml:8:15: listeners.tls.certfile: expected an existing file, but 'no/such.pem' does not exist ({Path.GetFullPath("no/such.pem")})",
            $"broker.yaml:9:13: listeners.tls.capath: expected an existing folder, but 'no/such' does not exist ({Path.GetFullPath("no/such")})",
            "broker.yaml:10:17: limits: expected a mapping of keys to values, but found a list",
        ],
        Reading.Errors(
            """
            listeners:
              default:
                bindd: 1883
                max_connections: "5"
                type: tpc
              tls:
                bind: 127.0.0.1:8883
                certfile: no/such.pem
                capath: no/such
            "limits":       [1]
            """));

    [Fact]
    public void P_A7_one_mistake_is_one_message_not_also_what_follows_from_it() => Assert.Equal(
        [
            "broker.yaml:2:19: listeners.default.bind",
            "broker.yaml:4:19: listeners.tls.certfile",
        ],
        Reading.Errors("listeners:\n  default: {bind: 'host:abc'}\n  other: {bind: 0.0.0.0:1883}\n  tls: {certfile: no/such, keyfile: broker.yaml, ssl: true}\n"
            .Replace("broker.yaml", Environment.ProcessPath, StringComparison.Ordinal)).Select(e => e[..e.IndexOf(": ", 20, StringComparison.Ordinal)]));

    [Fact]
    public void P_A8_one_key_in_two_spellings_is_an_error() => Assert.Equal(
        [
            "broker.yaml:1:62: listeners.default.max-connections: this is the same key as 'max_connections' in line 1; expected only one of them",
            "broker.yaml:3:1: Plugins: this is the same key as 'plugins' in line 2; expected only one of them",
        ],
        Reading.Errors("listeners: {default: {bind: 127.0.0.1:1, max_connections: 1, max-connections: 2}}\nplugins: []\nPlugins: []\n"));

    [Fact]
    public void P_A8_names_of_listeners_are_never_rewritten() =>
        Assert.Equal(["default", "my-Tcp_1"], BrokerConfiguration.FromYaml("listeners:\n  default: {}\n  my-Tcp_1: {bind: null}\n").Listeners.Keys);

    [Theory]
    [InlineData("null", 0)]
    [InlineData("5", 5)]
    [InlineData("1m", 60)]
    public void P_A9_timeout_disconnect_delay(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), BrokerConfiguration.FromYaml($"timeout_disconnect_delay: {text}").TimeoutDisconnectDelay);

    [Theory]
    [InlineData("null", -1)]
    [InlineData("0", 0)]
    [InlineData("60", 60_000)]
    public void P_A10_session_expiry_interval(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), BrokerConfiguration.FromYaml($"session_expiry_interval: {text}").SessionExpiryInterval);

    [Theory]
    [InlineData("plugins:\n  a.B: {x: 1}\n  c.D:\n")]
    [InlineData("plugins:\n  - a.B: {x: 1}\n  - c.D:\n")]
    [InlineData("plugins:\n  - a.B: {x: 1}\n  - c.D\n")]
    [InlineData("plugins: [{a.B: {x: 1}}, c.D]\n")]
    public void P_A12_PF_6_all_forms_of_the_plugins_section_are_equal(string yaml)
    {
        var plugins = BrokerConfiguration.FromYaml(yaml).Plugins;

        Assert.Equal(["a.B", "c.D"], plugins.Select(p => p.Path));
        Assert.Equal("x: 1\n", YamlText.Write(plugins.First().Options!));
        Assert.True(plugins.Last().Options is null or { IsNull: true });
    }

    [Theory]
    [InlineData("plugins: []", 0)]
    [InlineData("plugins: {}", 0)]
    [InlineData("plugins:", 1)]
    public void P_A12_no_plugins(string yaml, int warnings)
    {
        Assert.Equal(warnings, Reading.Warnings(yaml).Length);
        Assert.Empty(BrokerConfiguration.FromYaml(yaml).Plugins);
    }

    [Fact]
    public void P_A12_anything_else_in_the_list_is_an_error_that_names_the_element() =>
        Assert.StartsWith("broker.yaml:3:5: plugins[1]: ", Assert.Single(Reading.Errors("plugins:\n  - a.B\n  - [x]\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("yes", true)]
    [InlineData("on", true)]
    [InlineData("True", true)]
    [InlineData("no", false)]
    [InlineData("OFF", false)]
    public void P_A18_booleans(string text, bool value) => Assert.Equal(value, BrokerConfiguration.FromYaml($"---\nmqtt31: {text}\n").Mqtt31);

    [Theory]
    [InlineData("", 1)]
    [InlineData("# later\n", 1)]
    [InlineData("mqtt31: true\n", 0)]
    public void P_A2_an_empty_file_is_a_warning(string text, int warnings)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var errors = new ConfigErrors();

            Assert.NotNull(BrokerConfiguration.FromFile(file, errors));
            Assert.Equal(
                Enumerable.Repeat($"{file}: the file is empty, so everything is as by default: everybody may connect, from everywhere", warnings), errors.Warnings.Select(warning => warning.ToString()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void P_A18_paths_start_from_the_folder_of_the_file()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "cert.pem"), "");
            Directory.CreateDirectory(Path.Combine(folder.FullName, "plugins"));
            var file = Path.Combine(folder.FullName, "broker.yaml");
            File.WriteAllText(file, "listeners:\n  default: {ssl: on, certfile: cert.pem, keyfile: ./cert.pem}\n");

            var options = BrokerConfiguration.FromFile(file);

            Assert.Equal(Path.Combine(folder.FullName, "cert.pem"), options.Listeners["default"].Certfile);
            Assert.Equal(Path.Combine(folder.FullName, "cert.pem"), options.Listeners["default"].Keyfile);
            Assert.Equal(Path.Combine(folder.FullName, "plugins"), options.PluginPath);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void P_A20_every_top_level_key()
    {
        var options = BrokerConfiguration.FromYaml(
            "event_loops: 2\nack_timeout: 1.5\noverlapping_subscriptions: all\nstrict_topic_plugins: true\nmqtt31: false\nplugin_path: .\n");

        Assert.Equal(2, options.EventLoops);
        Assert.Equal(TimeSpan.FromSeconds(1.5), options.AckTimeout);
        Assert.Equal(OverlappingSubscriptions.All, options.OverlappingSubscriptions);
        Assert.True(options.StrictTopicPlugins);
        Assert.False(options.Mqtt31);
        Assert.Equal(Environment.CurrentDirectory, options.PluginPath?.TrimEnd('/'));
    }

    [Fact]
    public void Options_made_by_code_obey_the_same_rules()
    {
        var options = new BrokerOptions { Limits = new() { MaxQos = 3 }, TimeoutDisconnectDelay = TimeSpan.FromDays(2) };
        options.Listeners["default"].Ssl = true;

        var e = Assert.Throws<ConfigurationException>(options.Validate);

        Assert.Equal(
            [
                "timeout_disconnect_delay: expected a duration such as 5s or 1m30s (a number counts as seconds) from 0s to 1d, but found '2d'",
                "limits.max_qos: expected a whole number from 0 to 2, but found '3'",
                "listeners.default.ssl: TLS is on without a certificate; expected 'certfile' and 'keyfile'",
            ],
            e.Errors.Select(error => error.ToString()));
    }
}
