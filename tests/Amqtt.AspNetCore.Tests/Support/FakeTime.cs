using Microsoft.Extensions.Time.Testing;

namespace Amqtt.AspNetCore.Tests.Support;

internal static class FakeTime
{
    /// <summary>
    /// Lets time pass until something that has to happen has happened: the broker may begin to measure some moments after its last answer, so that how much has to
    /// pass is not known.
    /// </summary>
    public static async Task AdvanceUntilAsync(this FakeTimeProvider time, Task happens)
    {
        while (!happens.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(happens, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        await happens;
    }
}
