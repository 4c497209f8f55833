using System.Net.Sockets;
using Amqtt.Broker.Configuration;
using Amqtt.Broker.Tests.Configuration;
using Amqtt.Broker.Tests.Support;
using Amqtt.Protocol;
using Amqtt.Testing;

namespace Amqtt.Broker.Tests.Listeners;

/// <summary>Listeners of type <c>unix</c> (P-B3).</summary>
public sealed class UnixListenerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("amqtt-unix-");

    private string SocketFile => Path.Combine(_folder.FullName, "mqtt.sock");

    [Fact]
    public async Task P_B3_clients_connect_and_the_file_goes_at_shutdown()
    {
        var peers = new PeerRecorder();
        await using (TestBroker broker = await StartAsync(peers))
        {
            await using WireClient client = await WireClient.ConnectTcpAsync(new UnixDomainSocketEndPoint(SocketFile));
            await client.ConnectAsync("local", ProtocolVersion.V5);
            Assert.Equal("local :0", await peers.NextAsync());
            await client.SubscribeAsync("a/b", QoS.AtLeastOnce);
            await client.PublishAsync("a/b", "hello");
            await client.ExpectPublishAsync("a/b", "hello");
            Assert.Empty(broker.Broker.Endpoints["local"]);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(SocketFile));
        }

        Assert.False(File.Exists(SocketFile));
    }

    [Fact]
    public async Task P_B3_what_a_broker_left_behind_is_replaced()
    {
        LeaveBehind();
        Assert.True(File.Exists(SocketFile));
        await using TestBroker broker = await StartAsync();
        await using WireClient client = await WireClient.ConnectTcpAsync(new UnixDomainSocketEndPoint(SocketFile));
        await client.ConnectAsync("local");
    }

    [Fact]
    public async Task P_B3_a_socket_in_use_is_left_alone()
    {
        await using TestBroker first = await StartAsync();
        BrokerException inUse = await Assert.ThrowsAsync<BrokerException>(() => StartAsync());
        Assert.Equal($"listener 'local' cannot bind to {SocketFile}: another process listens there; choose another bind, or stop it", inUse.Message);
        await using WireClient client = await WireClient.ConnectTcpAsync(new UnixDomainSocketEndPoint(SocketFile));
        await client.ConnectAsync("local");
    }

    [Fact]
    public async Task P_B3_a_file_that_is_no_socket_is_not_lost()
    {
        await File.WriteAllTextAsync(SocketFile, "precious", TestContext.Current.CancellationToken);
        BrokerException wrong = await Assert.ThrowsAsync<BrokerException>(() => StartAsync());
        Assert.Contains($"listener 'local' cannot bind to {SocketFile}", wrong.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(SocketFile, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_said()
    {
        BrokerException wrong = await Assert.ThrowsAsync<BrokerException>(() => StartAsync(path: Path.Combine(_folder.FullName, "no", "mqtt.sock")));
        Assert.Contains("listener 'local' cannot bind to", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bind: 127.0.0.1:1", "broker.yaml:2:29: listeners.second.bind: '127.0.0.1:1' is not the path of a socket; expected one such as /run/amqtt.sock for a listener of type unix")]
    [InlineData("ssl: no", "broker.yaml:2:2: listeners.second.bind: '127.0.0.1:1883' is not the path of a socket; expected one such as /run/amqtt.sock for a listener of type unix")]
    public void P_B3_the_path_has_to_be_one(string entry, string message) =>
        Assert.Equal([message], Reading.Errors($"listeners: {{default: {{bind: 127.0.0.1:1883}},\n second: {{type: unix, {entry}}}}}"));

    [Fact]
    public void P_B3_a_path_is_short_and_nobody_elses()
    {
        string longest = "/" + new string('x', 106);
        Assert.Empty(Reading.Warnings($"listeners: {{default: {{type: unix, bind: {longest}}}}}"));
        Assert.Contains("has more than 107 bytes", Assert.Single(Reading.Errors($"listeners: {{default: {{type: unix, bind: {longest}x}}}}")), StringComparison.Ordinal);
        Assert.Contains(
            "the listeners 'default' and 'second' have the same path /run/a.sock",
            Assert.Single(Reading.Errors("listeners: {default: {type: unix, bind: /run/a.sock}, second: {}}")),
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>The file of a process that was killed: nobody listens there, and nobody has removed it.</summary>
    private void LeaveBehind()
    {
        string elsewhere = SocketFile + "~";
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(elsewhere));
            File.Move(elsewhere, SocketFile); // out of the way of the framework, which would remove it
        }
    }

    private Task<TestBroker> StartAsync(PeerRecorder? peers = null, string? path = null) => TestBroker.StartAsync(
        Link.Tcp,
        options => options.Listeners["local"] = new ListenerOptions { Type = ListenerType.Unix, Bind = ListenEndpoint.Parse(path ?? SocketFile) },
        peers is null ? [] : [peers]);
}
