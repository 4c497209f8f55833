using System.Net;
using System.Net.Sockets;
using Amqtt.Broker.Tests.Support;
using Amqtt.Broker.Transport;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Tests.Transport;

/// <summary>A plain socket on a loop, where the kernel and its peer have a say.</summary>
public sealed class SocketChannelTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handler_that_fails_when_its_output_has_been_taken_does_not_end_the_loop()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll");
        using EventLoop loop = Start(0);
        (Socket peer, int fd) = await PairAsync();
        using (peer)
        {
            var handler = new Handler { Drained = static () => throw new InvalidOperationException("it cannot go on") };
            await loop.RunAsync(() =>
            {
                SocketChannel channel = handler.Begin(loop, fd);
                channel.TellWhenDrained();
                channel.Reserve(1)[0] = 1;
                channel.Commit(1);
            });

            Assert.IsType<InvalidOperationException>(await handler.Fault.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
            await StopAsync(loop);
        }
    }

    [Fact]
    public async Task A_channel_whose_peer_is_slow_can_go_to_another_loop()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "epoll");
        const int Size = 16 * 1024 * 1024; // more than both sides of a socket hold
        using EventLoop first = Start(0), second = Start(1);
        (Socket peer, int fd) = await PairAsync();
        using (peer)
        {
            var handler = new Handler();
            var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await first.RunAsync(() =>
            {
                SocketChannel channel = handler.Begin(first, fd);
                channel.Reserve(Size)[..Size].Fill(7);
                channel.Commit(Size);
                Assert.True(channel.IsBlocked);
                channel.MoveTo(second, () =>
                {
                    channel.Resume();
                    arrived.SetResult();
                });
            });
            await arrived.Task;

            var taken = new byte[64 * 1024];
            for (int left = Size; left > 0;) left -= await peer.ReceiveAsync(taken, Cancel);
            await peer.SendAsync(new byte[] { 1 }, Cancel);
            Assert.Equal(second.ThreadId, await handler.ReceivedOn.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
            await second.RunAsync(() => handler.Channel!.Close());
            await StopAsync(first);
            await StopAsync(second);
        }
    }

    private static EventLoop Start(int index)
    {
        var loop = new EventLoop(index, new LoopClock(TimeProvider.System), new LogRecorder().CreateLogger("loop"));
        loop.Start();
        return loop;
    }

    private static async Task StopAsync(EventLoop loop)
    {
        loop.Stop();
        await loop.Stopped.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    /// <summary>A connection: one end as a socket, the other as a descriptor that the channel owns.</summary>
    private static async Task<(Socket Peer, int Descriptor)> PairAsync()
    {
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listening.LocalEndPoint!, Cancel);
        Socket accepted = await listening.AcceptAsync(Cancel);
        accepted.Blocking = false;
        int fd = (int)accepted.Handle;
        accepted.SafeHandle.SetHandleAsInvalid(); // the channel's from here on
        return (peer, fd);
    }

    private sealed class Handler : IChannelHandler
    {
        private readonly TaskCompletionSource<Exception> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<int> _receivedOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SocketChannel? Channel { get; private set; }

        public Action? Drained { get; init; }

        public Task<Exception> Fault => _fault.Task;

        public Task<int> ReceivedOn => _receivedOn.Task;

        public SocketChannel Begin(EventLoop loop, int fd)
        {
            Channel = new SocketChannel(loop, fd, new PeerInfo("default", Address: null, Port: 0)) { Handler = this };
            Channel.Start();
            return Channel;
        }

        public int OnReceived(ReadOnlySpan<byte> bytes)
        {
            _receivedOn.TrySetResult(Environment.CurrentManagedThreadId);
            return bytes.Length;
        }

        public void OnDrained() => Drained?.Invoke();

        public void OnClosed()
        {
        }

        public void OnFault(Exception fault)
        {
            Channel!.Close();
            _fault.SetResult(fault);
        }
    }
}
