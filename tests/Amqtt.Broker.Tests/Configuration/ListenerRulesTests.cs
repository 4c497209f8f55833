using Amqtt.Broker.Configuration;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Tls;

namespace Amqtt.Broker.Tests.Configuration;

public sealed class ListenerRulesTests
{
    [Theory]
    [InlineData("", "", null)]
    [InlineData("1883", null, 1883)]
    [InlineData(":1883", null, 1883)]
    [InlineData("broker.example:1883", "broker.example", 1883)]
    [InlineData("10.0.0.1:1883", "10.0.0.1", 1883)]
    [InlineData("host", "host", null)]
    [InlineData("host:", "host", null)]
    [InlineData("my_host:1", "my_host", 1)]
    [InlineData("[::]:1883", "::", 1883)]
    [InlineData("[2001:db8::1]:1883", "2001:db8::1", 1883)]
    [InlineData("[::]", "::", null)]
    [InlineData("[::1]", "::1", null)]
    [InlineData("::1:1883", "::1", 1883)]
    [InlineData("::1", "::1", null)]
    [InlineData("host:0", "host", 0)]
    public void P_B4_bind_forms(string text, string? host, int? port)
    {
        var endpoint = ListenEndpoint.Parse(text);

        Assert.Equal(new ListenEndpoint(string.IsNullOrEmpty(host) ? null : host, port), endpoint);
        Assert.Equal(endpoint, ListenEndpoint.Parse(endpoint.ToString()));
    }

    [Theory]
    [InlineData("host:abc", "the port 'abc' is not a number")]
    [InlineData("host:65536", "the port 65536 is above 65535")]
    [InlineData("70000", "the port 70000 is above 65535")]
    [InlineData("host:-1", "the port '-1' is not a number")]
    [InlineData("[::1:1883", "a bracket is missing")]
    [InlineData("[host]:1883", "'host' is not an IPv6 address")]
    [InlineData("a b:1", "'a b' is not a host name")]
    [InlineData("a:b:1", "'a:b:1' is neither an IPv6 address nor a host and a port")]
    public void P_B4_other_forms_are_errors(string text, string problem) => Assert.Equal(
        [$"broker.yaml:1:29: listeners.default.bind: '{text}': {problem}; expected an address such as 0.0.0.0:1883, [::]:1883, :1883, localhost or a path of a socket"],
        Reading.Errors($"listeners: {{default: {{bind: \"{text}\"}}}}"));

    [Fact]
    public void P_B4_an_ipv6_address_without_brackets_warns() => Assert.Equal(
        ["broker.yaml:1:29: listeners.default.bind: '::1:1883' is taken as [::1]:1883; write it that way, with brackets, to be safe"],
        Reading.Warnings("listeners: {default: {bind: '::1:1883'}}"));

    [Fact]
    public void P_B4_a_bare_number_is_a_port() => Assert.Equal(":1884", BrokerConfiguration.FromYaml("listeners: {default: {bind: 1884}}").Listeners["default"].Bind?.ToString());

    [Theory]
    [InlineData("127.0.0.1:1883", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1:1883")]
    [InlineData("1883", "0.0.0.0:1883")]
    [InlineData("'[::1]:1883'", "localhost:1883")]
    [InlineData("Host:1", "host:1")]
    public void P_B4_two_listeners_at_one_address_are_an_error_that_names_both(string one, string other)
    {
        var error = Assert.Single(Reading.Errors($"listeners:\n  default: {{bind: {one}}}\n  second: {{bind: {other}}}\n"));

        Assert.StartsWith("broker.yaml:3:18: listeners.second.bind: the listeners 'default' and 'second' have the same address ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0:1883", "127.0.0.1:1883")]
    [InlineData("127.0.0.1:1883", "0.0.0.0:1883")]
    [InlineData("'[::]:1883'", "127.0.0.1:1883")]
    [InlineData("1883", "'[::1]:1883'")]
    public void P_B4_all_addresses_and_one_of_them_are_a_warning_that_names_both(string one, string other) => Assert.Equal(
        [
            $"broker.yaml:3:18: listeners.second.bind: the listeners 'default' ({Shown(one)}) and 'second' ({Shown(other)}) want the same port, of all addresses and of one, which most systems refuse; "
            + "expected another port, or 'bind: null' for one of them",
        ],
        Reading.Warnings($"listeners:\n  default: {{bind: {one}}}\n  second: {{bind: {other}}}\n"));

    private static string Shown(string bind) => ListenEndpoint.Parse(bind.Trim('\'')).ToString();

    [Fact]
    public void P_B4_an_inherited_address_is_the_same_address() =>
        Assert.Contains("'default' and 'second'", Assert.Single(Reading.Errors("listeners:\n  default: {bind: 127.0.0.1:1}\n  second: {ssl: no}\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("127.0.0.1:1", "127.0.0.1:2")]
    [InlineData("127.0.0.1", "'[::1]'")]
    [InlineData("0.0.0.0:1", "'[::1]:1'")]
    [InlineData("0.0.0.0:1", "127.0.0.1:2")]
    public void P_B4_different_addresses_are_none(string one, string other) =>
        Assert.Empty(Reading.Warnings($"listeners:\n  default: {{bind: {one}}}\n  second: {{bind: {other}}}\n"));

    [Fact]
    public void P_B0_external_listeners_have_no_address() =>
        Assert.Empty(Reading.Warnings("listeners:\n  default: {bind: 127.0.0.1:1}\n  inside: {type: external}\n  other: {type: external, bind: null}\n"));

    [Fact]
    public void P_B0_listener_keys_with_their_defaults()
    {
        var listener = new ListenerOptions();

        Assert.Equal(ListenerType.Tcp, listener.Type);
        Assert.Equal(int.MaxValue, listener.MaxConnections);
        Assert.Equal(MaxConnectionsMode.Refuse, listener.MaxConnectionsMode);
        Assert.False(listener.Ssl);
        Assert.Equal(ClientCertificateMode.Optional, listener.ClientCertificate);
        Assert.Null(listener.AllowedOrigins);
        Assert.Empty(Reading.Warnings("listeners: {default: {reader: a.B, writer: c.D, allowed_origins: [https://a.example], cadata: x, client_certificate: none, max_connections: -1}}"));
        Assert.True(BrokerConfiguration.FromYaml("listeners: {default: {allowed_origins: any}}").Listeners["default"].AllowedOrigins?.IsAny);
    }

    [Theory]
    [InlineData("app.example.com", "'app.example.com' has no scheme; ")]
    [InlineData("https://app.example.com/page", "'https://app.example.com/page' has more than scheme, host and port; ")]
    [InlineData("https://me@app.example.com", "'https://me@app.example.com' has more than scheme, host and port; ")]
    [InlineData("https://app.example.com:", "'https://app.example.com:' is no origin; ")]
    [InlineData("https://app.example.com:99999", "'https://app.example.com:99999' is no origin; ")]
    [InlineData("https://*.example.com", "'https://*.example.com' is no origin; ")]
    [InlineData("https://", "'https://' is no origin; ")]
    [InlineData("any", "'any' is no origin; to let pages of any origin in write any in place of the list")]
    [InlineData("*", "'*' is no origin; to let pages of any origin in write any in place of the list")]
    public void An_origin_that_is_none_is_an_error(string text, string problem)
    {
        if (problem.EndsWith("; ", StringComparison.Ordinal)) problem += "expected scheme, host and perhaps a port, such as https://app.example.com or http://localhost:8080";
        Assert.Equal(
            [$"broker.yaml:1:60: listeners.default.allowed_origins: {problem}"],
            Reading.Errors($"listeners: {{default: {{allowed_origins: [https://a.example, \"{text}\"]}}}}"));
        Assert.Equal(problem, Assert.Throws<FormatException>(() => AllowedOrigins.Of(text)).Message);
    }

    [Fact]
    public void Origins_are_scheme_host_and_port()
    {
        string[] origins = ["https://app.example.com", "http://localhost:8080", "https://app.example.com/", "http://[::1]:1234", "http://10.0.0.7", "app-extension://abcdef", "null"];
        string yaml = $"listeners: {{default: {{allowed_origins: [{string.Join(", ", origins.Select(static origin => $"'{origin}'"))}]}}}}";
        Assert.Equal(origins, BrokerConfiguration.FromYaml(yaml).Listeners["default"].AllowedOrigins?.Origins);
        Assert.Equal(["broker.yaml:1:40: listeners.default.allowed_origins: expected a list of origins such as [https://app.example.com], or any"], Reading.Errors("listeners: {default: {allowed_origins: https://app.example.com}}"));
    }

    [Theory]
    [InlineData(ListenerType.Tcp, 1883)]
    [InlineData(ListenerType.Ws, 8883)]
    public void P_B5_default_ports(ListenerType type, int port)
    {
        Assert.Equal(port, new ListenerOptions { Type = type }.DefaultPort);
        Assert.Equal(port, new ListenerOptions { Type = type, Ssl = true }.DefaultPort);
    }

    [Theory]
    [InlineData("ssl: on", "broker.yaml:1:28: listeners.default.ssl: TLS is on without a certificate; expected 'certfile' and 'keyfile'")]
    [InlineData("bind: /run/mqtt.sock", "broker.yaml:1:29: listeners.default.bind: '/run/mqtt.sock' is the path of a socket; expected an address and a port for a listener of type tcp")]
    [InlineData("limits: {max_memory: 50%}", "broker.yaml:1:44: listeners.default.limits.max_memory: this limit counts for the whole broker; expected it in the top-level section 'limits'")]
    public void P_B7_and_other_rules_of_one_listener(string entry, string message) =>
        Assert.Equal([message], Reading.Errors($"listeners: {{default: {{{entry}}}}}"));

    [Fact]
    public void P_B1_a_type_of_another_package_names_it_where_it_is_asked_for()
    {
        var options = BrokerConfiguration.FromYaml("listeners: {default: {type: ws}}", "broker.yaml");
        var wrong = Assert.Throws<ConfigurationException>(options.Validate);

        Assert.Equal(
            "broker.yaml:1:29: listeners.default.type: 'ws' needs the package Amqtt.AspNetCore and 'options.Listeners.AddWebSockets()' before the broker is made; expected that, or another type",
            Assert.Single(wrong.Errors).ToString());
        options.Listeners.AddType("ws", _ => throw new NotSupportedException());
        options.Validate();
        Assert.Throws<ArgumentException>(() => options.Listeners.AddType("tcp", _ => throw new NotSupportedException()));
        Assert.Throws<ArgumentException>(() => options.Listeners.AddType("quic", _ => throw new NotSupportedException()));
    }

    [Fact]
    public void P_B7_certificate_and_key_belong_together()
    {
        var file = Path.GetTempFileName();
        try
        {
            Assert.Equal(
                ["broker.yaml:1:33: listeners.default.certfile: there is no 'keyfile'; expected the key of this certificate, too"],
                Reading.Errors($"listeners: {{default: {{certfile: {file}}}}}"));
            Assert.Equal(
                ["broker.yaml:1:32: listeners.default.keyfile: there is no 'certfile'; expected the certificate of this key, too"],
                Reading.Errors($"listeners: {{default: {{keyfile: {file}}}}}"));
            Assert.Empty(Reading.Warnings($"listeners: {{default: {{ssl: true, certfile: {file}, keyfile: {file}, cafile: {file}, capath: {Path.GetTempPath()}}}}}"));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
