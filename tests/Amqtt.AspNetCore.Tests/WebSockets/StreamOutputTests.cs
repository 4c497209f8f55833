using System.Buffers;
using System.IO.Pipelines;
using Amqtt.AspNetCore.WebSockets;
using Amqtt.Broker;

namespace Amqtt.AspNetCore.Tests.WebSockets;

/// <summary>What Kestrel hears of a client that is gone.</summary>
public sealed class StreamOutputTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flush_to_nobody_is_completed_and_no_error(bool theOtherEnd)
    {
        (DuplexStream here, DuplexStream there) = DuplexStream.CreatePair();
        var output = new StreamOutput(here);
        await (theOtherEnd ? there : here).DisposeAsync();
        output.Write("HTTP/1.1 101 Switching Protocols"u8);
        FlushResult result = await output.FlushAsync(TestContext.Current.CancellationToken);
        Assert.True(result.IsCompleted);
    }
}
