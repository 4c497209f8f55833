using Amqtt.Broker.Transport;
using Microsoft.Win32.SafeHandles;

namespace Amqtt.Broker.Tests.Transport;

/// <summary>How a loop waits, and what becomes of it in the end.</summary>
public sealed class PollerTests
{
    [Fact]
    public void A_wake_up_that_comes_too_late_is_nothing_to_whoever_has_the_descriptor_now()
    {
        Poller poller = Poller.Create();
        poller.Dispose();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("amqtt-poller-");
        // They get the lowest numbers that are free.
        SafeFileHandle[] next = [.. Enumerable.Range(0, 8).Select(i => File.OpenHandle(Path.Combine(folder.FullName, $"{i}"), FileMode.CreateNew, FileAccess.Write))];
        try
        {
            poller.Wake();
            Assert.All(next, static file => Assert.Equal(0, RandomAccess.GetLength(file)));
        }
        finally
        {
            foreach (SafeFileHandle file in next) file.Dispose();
            folder.Delete(recursive: true);
        }
    }
}
