using Amqtt.Broker;

namespace Amqtt.Broker.Tests.Testing;

public sealed class DuplexStreamTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    private readonly DuplexStream _first;
    private readonly DuplexStream _second;

    public DuplexStreamTests() => (_first, _second) = DuplexStream.CreatePair(capacity: 1024);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Carries_bytes_both_ways()
    {
        await _first.WriteAsync(Bytes, Cancellation);
        await _second.WriteAsync(Bytes.AsMemory(0, 10), Cancellation);
        var buffer = new byte[1000];
        await _second.ReadExactlyAsync(buffer.AsMemory(0, 256), Cancellation);
        Assert.Equal(Bytes, buffer[..256]);
        Assert.Equal(10, await _first.ReadAsync(buffer, Cancellation));
    }

    [Fact]
    public async Task A_read_takes_what_fits()
    {
        await _first.WriteAsync(Bytes, Cancellation);
        var buffer = new byte[100];
        Assert.Equal(100, await _second.ReadAsync(buffer, Cancellation));
        Assert.Equal(100, await _second.ReadAsync(buffer, Cancellation));
        Assert.Equal(56, await _second.ReadAsync(buffer, Cancellation));
        Assert.Equal(Bytes[200..], buffer[..56]);
    }

    [Fact]
    public async Task A_read_may_span_many_writes()
    {
        var (first, second) = DuplexStream.CreatePair();
        for (var i = 0; i < 100; i++)
            await first.WriteAsync(Bytes, Cancellation);
        var buffer = new byte[30_000];
        Assert.Equal(25_600, await second.ReadAsync(buffer, Cancellation));
        Assert.Equal(Bytes, buffer[25_344..25_600]);
    }

    [Fact]
    public async Task Writing_waits_for_the_reader()
    {
        var write = _first.WriteAsync(new byte[1024], Cancellation).AsTask();
        Assert.False(write.IsCompleted);
        await _second.ReadExactlyAsync(new byte[1024], Cancellation);
        await write;
    }

    [Fact]
    public async Task After_closing_the_other_end_reads_the_rest_and_then_nothing()
    {
        await _first.WriteAsync(Bytes, Cancellation);
        await _first.DisposeAsync();
        await _second.ReadExactlyAsync(new byte[256], Cancellation);
        Assert.Equal(0, await _second.ReadAsync(new byte[1], Cancellation));
        await Assert.ThrowsAsync<IOException>(async () => await _second.WriteAsync(Bytes, Cancellation));
    }

    [Fact]
    public async Task Closing_ends_the_waits_of_both_ends()
    {
        var read = _first.ReadAsync(new byte[1], Cancellation).AsTask();
        var write = _first.WriteAsync(new byte[5000], Cancellation).AsTask();
        var otherWrite = _second.WriteAsync(new byte[1], Cancellation).AsTask();
        await read;
        read = _first.ReadAsync(new byte[1], Cancellation).AsTask();
        await _first.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => read);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => write);
        await otherWrite;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _first.ReadAsync(new byte[1], Cancellation).AsTask());
    }
}
