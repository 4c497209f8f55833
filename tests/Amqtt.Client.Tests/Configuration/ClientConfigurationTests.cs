using System.Text;
using Amqtt.Client.Configuration;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Amqtt.Client.Tests.Configuration;

/// <summary>P-D0, P-D1, P-D3, P-D5, P-H5.</summary>
public sealed class ClientConfigurationTests
{
    private const string Everything = """
        keep_alive: 20
        ping_delay: 2
        default_qos: 1
        default_retain: true
        auto_reconnect: false
        connection_timeout: 5
        reconnect_retries: -1
        reconnect_max_interval: 3
        cleansession: false
        topics:
          a/b: {qos: 2, retain: true}
          Some/Topic: {qos: 0}
        connection:
          uri: wss://user:pass@[::1]:9001/mqtt?x=1
          cadata: PEM
        will: {topic: w, message: !!binary aGk=, qos: 1, retain: true}
        check_hostname: false
        verify_cert: false
        plugins:
          - packet_logger
        """;

    [Fact]
    public void Every_key_of_amqtt_is_understood()
    {
        var options = ClientConfiguration.FromYaml(Everything);
        Assert.Equal((20, 2, 5, 3), (options.KeepAlive.TotalSeconds, options.PingDelay.TotalSeconds, options.ConnectionTimeout.TotalSeconds, options.ReconnectMaxInterval.TotalSeconds));
        Assert.Equal((1, true, false, -1, false), (options.DefaultQos, options.DefaultRetain, options.AutoReconnect, options.ReconnectRetries, options.CleanSession));
        Assert.Equal((2, true), (options.Topics["a/b"].Qos, options.Topics["a/b"].Retain));
        Assert.Equal((0, null), (options.Topics["Some/Topic"].Qos, options.Topics["Some/Topic"].Retain));
        Assert.Equal("PEM", Encoding.UTF8.GetString(options.Connection.Cadata!));
        Assert.Equal(("w", "hi", 1, true), (options.Will!.Topic, Encoding.UTF8.GetString(options.Will.Message), options.Will.Qos, options.Will.Retain));
        Assert.Equal((false, false), (options.CheckHostname, options.VerifyCert));
        Assert.Equal("packet_logger", Assert.Single(options.Plugins).Path);
    }

    [Fact]
    public void Every_spelling_is_the_same_key()
    {
        foreach (var yaml in new[] { "keep_alive: 7", "keep-alive: 7", "keepAlive: 7", "KeepAlive: 7" })
            Assert.Equal(7, ClientConfiguration.FromYaml(yaml).KeepAlive.TotalSeconds);
        Assert.False(ClientConfiguration.FromYaml("cleansession: false").CleanSession);
        Assert.False(ClientConfiguration.FromYaml("clean_session: false").CleanSession);
    }

    [Fact]
    public void The_default_is_what_the_default_yaml_says()
    {
        foreach (var options in new[] { new ClientOptions(), ClientConfiguration.FromYaml(ClientConfiguration.DefaultYaml), ClientConfiguration.FromYaml("") })
        {
            Assert.Equal((10, 1, 60, 10), (options.KeepAlive.TotalSeconds, options.PingDelay.TotalSeconds, options.ConnectionTimeout.TotalSeconds, options.ReconnectMaxInterval.TotalSeconds));
            Assert.Equal((0, false, true, 2, true), (options.DefaultQos, options.DefaultRetain, options.AutoReconnect, options.ReconnectRetries, options.CleanSession));
            Assert.Equal("mqtt://127.0.0.1:1883", BrokerUri.Parse(options.Connection.Uri).ToString());
            Assert.Equal("amqtt.plugins.logging_amqtt.PacketLoggerPlugin", Assert.Single(options.Plugins).Path);
        }
    }

    [Theory]
    [InlineData("keepalive_x: 1", "1:1: keepalive_x: unknown key; did you mean")]
    [InlineData("keep_alive: '5'", "1:13: keep_alive: ")]
    [InlineData("keep_alive: 5\nping_delay: 5", "2:13: ping_delay: must be less than keep_alive")]
    [InlineData("default_qos: 3", "1:14: default_qos: ")]
    [InlineData("topics: {a: {qos: 3}}", "topics.a.qos: ")]
    [InlineData("topics: {a/+: {qos: 1}}", "topics.a/+: expected a topic name")]
    [InlineData("will: {topic: a}", "will.message: this key is missing")]
    [InlineData("will: {topic: a/#, message: x}", "will.topic: expected a topic name")]
    [InlineData("will: {topic: a, message: x, qos: 3}", "will.qos: ")]
    [InlineData("connection: {uri: http://x}", "connection.uri: has the unknown scheme 'http'")]
    [InlineData("connection: {uri: ''}", "connection.uri: is empty")]
    [InlineData("connection: {cafile: /nonexistent}", "connection.cafile: ")]
    [InlineData("verify_cert: false", "verify_cert: false is possible only together with 'check_hostname: false'")]
    public void Mistakes_are_named_with_their_place(string yaml, string expected)
    {
        var error = Assert.Throws<ConfigurationException>(() => ClientConfiguration.FromYaml(yaml));
        Assert.Contains(error.Errors, message => message.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_certificate_needs_its_key()
    {
        using var file = new TemporaryFile();
        foreach (var key in new[] { "certfile", "keyfile" })
        {
            var error = Assert.Throws<ConfigurationException>(() => ClientConfiguration.FromYaml($"connection: {{{key}: {file.Path}}}"));
            Assert.Contains(error.Errors, message => message.ToString().Contains("expected both or neither", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_older_name_of_connection_counts_with_a_warning()
    {
        using var file = new TemporaryFile("broker: {uri: 'mqtt://older:1'}");
        var errors = new ConfigErrors();
        var options = ClientConfiguration.FromFile(file.Path, errors)!;
        Assert.Equal("mqtt://older:1", options.Connection.Uri);
        Assert.Contains("write 'connection'", Assert.Single(errors.Warnings).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_made_by_a_program_are_checked_too()
    {
        Assert.Throws<ConfigurationException>(() => new MqttClient(new ClientOptions { DefaultQos = 3 }));
        Assert.Throws<ConfigurationException>(() => new MqttClient(new ClientOptions { Connection = new() { Uri = "x://y" } }));
        Assert.Throws<ConfigurationException>(() => new MqttClient(new ClientOptions { VerifyCert = false }));
    }

    [Theory]
    [InlineData("mqtt://host", "host", 1883, "")]
    [InlineData("mqtts://host", "host", 8883, "")]
    [InlineData("ws://host", "host", 80, "/")]
    [InlineData("wss://host/a?b=c", "host", 443, "/a?b=c")]
    [InlineData("mqtt://[::1]:7", "::1", 7, "")]
    [InlineData("mqtts://[::1]", "::1", 8883, "")]
    [InlineData("ws://[::1]/x", "::1", 80, "/x")]
    [InlineData("wss://[::1]:1", "::1", 1, "/")]
    [InlineData("MQTT://Host:99", "host", 99, "")]
    [InlineData("unix:///run/mqtt.sock", "localhost", 0, "/run/mqtt.sock")]
    public void Uris_are_taken_apart(string text, string host, int port, string path)
    {
        var uri = BrokerUri.Parse(text);
        Assert.Equal((host, port, path), (uri.Host, uri.Port, uri.PathAndQuery));
        Assert.Null(uri.UserName);
    }

    [Fact]
    public void User_and_password_are_decoded_and_no_part_of_the_address()
    {
        var uri = BrokerUri.Parse("ws://a%40b:c%3A%2F@host:1/p");
        Assert.Equal(("a@b", "c:/", "ws://host:1/p"), (uri.UserName, uri.Password, uri.Address.ToString()));
        Assert.Null(BrokerUri.Parse("mqtt://user@host").Password);
    }

    [Theory]
    [InlineData("mqtt://host", "mqtt://host:1883/")]
    [InlineData("ws://user@host:1//other/p?q=%2F", "ws://host:1//other/p?q=%2F")]
    [InlineData("wss://[::1]/p", "wss://[::1]/p")]
    [InlineData("unix:///run/mqtt.sock", "unix:///run/mqtt.sock")]
    public void What_is_shown_and_opened_is_the_same_address_without_user(string text, string address) => Assert.Equal(address, BrokerUri.Parse(text).Address.ToString());

    [Fact]
    public async Task A_program_gets_the_client_injected()
    {
        await using var services = new ServiceCollection().AddAmqttClient(options => options.ClientId = "injected").BuildServiceProvider();
        Assert.Equal("injected", services.GetRequiredService<MqttClient>().ClientId);
        Assert.Same(services.GetRequiredService<MqttClient>(), services.GetRequiredService<MqttClient>());
    }

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string text = "") => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
