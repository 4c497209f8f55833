using Amqtt.Broker.Tests.Support;
using Amqtt.Broker.Transport;
using Microsoft.Extensions.Logging;

namespace Amqtt.Broker.Tests.Transport;

/// <summary>A buffer that cannot be had costs who asked for it, and not all clients of the loop.</summary>
public sealed class WantOfMemoryTests
{
    [Fact]
    public async Task Work_that_finds_no_memory_does_not_end_its_loop()
    {
        var log = new LogRecorder();
        using EventLoop loop = Start(log);
        loop.Post(static _ => Ask());

        await loop.RunAsync(static () => { });

        Assert.Equal("a piece of work on event loop 0 failed", Assert.Single(log.Lines).Text.Split("System.")[0]);
        await StopAsync(loop);
    }

    [Fact]
    public async Task A_connection_that_finds_no_memory_fails_alone()
    {
        using EventLoop loop = Start(new LogRecorder());
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        var handler = new Greedy();
        await loop.RunAsync(() =>
        {
            var channel = new StreamChannel(loop, far, new PeerInfo("default", Address: null, Port: 0)) { Handler = handler };
            handler.Channel = channel;
            channel.Start();
        });

        await near.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);

        Assert.IsType<OutOfMemoryException>(await handler.Fault.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        await loop.RunAsync(static () => { });
        await StopAsync(loop);
    }

    /// <summary>More than an array may have, whatever memory there is.</summary>
    private static int Ask() => new byte[int.MaxValue].Length;

    private static EventLoop Start(LogRecorder log)
    {
        var loop = new EventLoop(0, new LoopClock(TimeProvider.System), log.CreateLogger("loop"));
        loop.Start();
        return loop;
    }

    private static async Task StopAsync(EventLoop loop)
    {
        loop.Stop();
        await loop.Stopped.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private sealed class Greedy : IChannelHandler
    {
        private readonly TaskCompletionSource<Exception> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Channel? Channel { get; set; }

        public Task<Exception> Fault => _fault.Task;

        public int OnReceived(ReadOnlySpan<byte> bytes) => Ask();

        public void OnDrained()
        {
        }

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
