using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;

namespace Amqtt.Broker.Tests.Configuration;

/// <summary>JSON and environment variables beside YAML: equal content, equal strictness, equal places (P-A1).</summary>
public sealed class OtherFormsTests
{
    private const string Yaml = """
        listeners:
          default: {bind: "127.0.0.1:1884", max-connections: 5, ssl: false}
          second: {bind: 1885}
        plugins:
          - anonymous: {allow_anonymous: no}
          - auth_file
        timeout_disconnect_delay: 2
        session_expiry_interval: null
        limits: {max_packet_size: 2MiB}
        """;

    private const string Json = """
        {
          // Comments are allowed,
          "listeners": { "default": { "bind": "127.0.0.1:1884", "max-connections": 5, "ssl": false }, "second": { "bind": 1885 } },
          "plugins": [ { "anonymous": { "allow_anonymous": false } }, "auth_file" ],
          "timeout_disconnect_delay": 2,
          "session_expiry_interval": null,
          "limits": { "max_packet_size": "2MiB" }, /* and a last comma. */
        }
        """;

    [Fact]
    public void P_A1_JSON_YAML_and_environment_variables_of_equal_content_are_equal()
    {
        var yaml = Reading.Effective(BrokerConfiguration.FromYaml(Yaml)).Replace("allow_anonymous: no", "allow_anonymous: false", StringComparison.Ordinal);
        Assert.Equal(yaml, Reading.Effective(BrokerConfiguration.FromJson(Json)));
        Assert.Equal(yaml, Reading.Effective(FromEnvironment(
            "AMQTT_LISTENERS__DEFAULT__BIND=127.0.0.1:1884", "AMQTT_LISTENERS__DEFAULT__MAX_CONNECTIONS=5", "AMQTT_LISTENERS__DEFAULT__SSL=false",
            "AMQTT_LISTENERS__SECOND={bind: 1885}",
            "AMQTT_PLUGINS=[{anonymous: {allow_anonymous: false}}, auth_file]", "AMQTT_TIMEOUT_DISCONNECT_DELAY=2", "AMQTT_SESSION_EXPIRY_INTERVAL=",
            "AMQTT_LIMITS__MAX_PACKET_SIZE=2MiB")));
    }

    [Theory]
    [InlineData("{\"timeout_disconnect_delay\": \"2\"}", "b.json:1:30: timeout_disconnect_delay: expected a duration such as 5s or 1m30s (a number counts as seconds) from 0s to 1d, but found the text \"2\"; remove the quotes")]
    [InlineData("{\n  \"limit\": {}\n}", "b.json:2:3: limit: unknown key; did you mean 'limits'?")]
    [InlineData("{\n  \"event_loops\": x\n}", "b.json:2:18: JSON syntax: 'x' is an invalid start of a value")]
    [InlineData("[]", "b.json:1:1: expected a mapping of keys such as 'listeners' and 'plugins', but found a list")]
    [InlineData("{\"listeners\": {\"default\": {\"type\": \"tpc\"}}}", "b.json:1:36: listeners.default.type: expected one of tcp, ws, external, unix, but found the text \"tpc\"; did you mean 'tcp'?")]
    public void A_mistake_in_JSON_has_its_place(string json, string expected)
    {
        var failure = Assert.Throws<ConfigurationException>(() => BrokerConfiguration.FromJson(json, "b.json"));
        Assert.Equal([expected], failure.Errors.Select(error => error.ToString()));
    }

    [Fact]
    public void A_key_that_comes_twice_in_JSON_is_a_warning_and_the_last_one_counts()
    {
        var errors = new ConfigErrors();
        var tree = JsonConfig.Parse("{\"event_loops\": 1,\n \"event_loops\": 2}", "b.json", errors);
        Assert.Equal("event_loops: 2\n", YamlText.Write(tree!).Replace("\"", "", StringComparison.Ordinal));
        Assert.Equal(["b.json:2:2: the key 'event_loops' was already set in line 1; this one counts"], errors.Warnings.Select(warning => warning.ToString()));
    }

    [Fact]
    public void Strings_of_JSON_are_text_and_variables_in_them_are_replaced()
    {
        Environment.SetEnvironmentVariable("OTHER_FORMS_TEST", "anonymous");
        Assert.Equal(["anonymous"], BrokerConfiguration.FromJson("{\"plugins\": [\"${env:OTHER_FORMS_TEST}\"]}").Plugins.Select(plugin => plugin.Path));
    }

    [Fact]
    public void Variables_count_above_a_file()
    {
        var folder = Directory.CreateTempSubdirectory("amqtt-forms-");
        try
        {
            var file = Path.Combine(folder.FullName, "broker.json");
            File.WriteAllText(file, Json);
            var options = BrokerConfiguration.FromEnvironment(Pairs("AMQTT_LISTENERS__Second__BIND=localhost:7", "AMQTT_PLUGINS__AUTH_FILE__PASSWORD_FILE=p", "AMQTT_PLUGINS__ANONYMOUS__ALLOW_ANONYMOUS=yes", "HOME=x"), file);
            Assert.Equal(ListenEndpoint.Parse("localhost:7"), options.Listeners["second"].Bind);
            Assert.Equal(ListenEndpoint.Parse("127.0.0.1:1884"), options.Listeners["default"].Bind);
            Assert.Equal(["anonymous", "auth_file"], options.Plugins.Select(plugin => plugin.Path));
            Assert.Equal(["allow_anonymous: yes\n", "password_file: p\n"], options.Plugins.Select(plugin => YamlText.Write(plugin.Options!)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("AMQTT_LISTENERS__DEFAULT__BIND=host:abc", "$AMQTT_LISTENERS__DEFAULT__BIND: listeners.default.bind: 'host:abc': the port 'abc' is not a number; expected an address such as 0.0.0.0:1883, [::]:1883, :1883, localhost or a path of a socket")]
    [InlineData("AMQTT_LISTENER__DEFAULT__BIND=x", "$AMQTT_LISTENER__DEFAULT__BIND: listener: unknown key; did you mean 'listeners'?")]
    [InlineData("AMQTT_EVENT_LOOP=2", "$AMQTT_EVENT_LOOP: event_loop: unknown key; did you mean 'event_loops'?")]
    [InlineData("AMQTT_LIMITS__MAX_QOS='2'", "$AMQTT_LIMITS__MAX_QOS:1:1: limits.max_qos: expected a whole number from 0 to 2, but found the text \"2\"; remove the quotes")]
    [InlineData("AMQTT_LIMITS__=2", "$AMQTT_LIMITS__: the name has an empty level; expected levels of keys separated by '__'")]
    public void A_mistake_in_a_variable_names_it(string variable, string expected)
    {
        var failure = Assert.Throws<ConfigurationException>(() => FromEnvironment(variable));
        Assert.Equal([expected], failure.Errors.Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("AMQTT_LOG_LEVEL=debug", "$AMQTT_LOG_LEVEL: no key is like 'log_level', so this variable is passed over; if it is meant for the broker, separate the levels of the key by '__', as in AMQTT_LISTENERS__DEFAULT__BIND")]
    [InlineData("AMQTT_LISTENERS_DEFAULT_BIND=:1884", "$AMQTT_LISTENERS_DEFAULT_BIND: no key is like 'listeners_default_bind', so this variable is passed over; did you mean 'AMQTT_LISTENERS__DEFAULT_BIND'? Levels are separated by '__'")]
    [InlineData("AMQTT_LIMITS_MAX_PACKET_SIZE=1MiB", "$AMQTT_LIMITS_MAX_PACKET_SIZE: no key is like 'limits_max_packet_size', so this variable is passed over; did you mean 'AMQTT_LIMITS__MAX_PACKET_SIZE'? Levels are separated by '__'")]
    public void A_variable_that_is_like_no_key_is_passed_over_with_a_warning(string variable, string expected)
    {
        var errors = new ConfigErrors();
        Assert.NotNull(BrokerConfiguration.ReadYaml(BrokerConfiguration.DefaultYaml, Pairs(variable), errors));
        Assert.Equal([expected], errors.Warnings.Select(warning => warning.ToString()));
        Assert.Empty(errors.Errors);
    }

    [Fact]
    public void Variables_that_are_somebodys_own_are_passed_over_in_silence()
    {
        var errors = new ConfigErrors();
        var root = YamlConfig.Parse("{a: ['${env:AMQTT_A_SECRET:-none}'], '${env:AMQTT_A_NAME:-b}': 1, c: '$${env:AMQTT_NO_REFERENCE}'}", "b.yaml", errors);
        var variables = Pairs("AMQTT_A_SECRET=x", "AMQTT_A_NAME=x", "PATH=x", "AMQTT_PORT=tcp://10.0.0.1:1883", "AMQTT_PORT_1883_TCP_ADDR=10.0.0.1", "AMQTT_SERVICE_HOST=10.0.0.1", "AMQTT_SERVICE_PORT_MQTT=1883");
        var tree = EnvironmentConfig.Over((ConfigMapping)root!, variables, ["listeners", "event_loops"], errors);
        Assert.Equal(3, tree.Entries.Count);
        Assert.Empty(errors.Warnings.Concat(errors.Errors));

        EnvironmentConfig.Over((ConfigMapping)root!, Pairs("AMQTT_NO_REFERENCE=x"), ["listeners"], errors);
        Assert.Single(errors.Warnings);
    }

    private static BrokerOptions FromEnvironment(params string[] variables) => BrokerConfiguration.FromEnvironment(Pairs(variables));

    private static IEnumerable<KeyValuePair<string, string>> Pairs(params string[] variables) =>
        variables.Select(variable => new KeyValuePair<string, string>(variable.Split('=')[0], variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..]));
}
