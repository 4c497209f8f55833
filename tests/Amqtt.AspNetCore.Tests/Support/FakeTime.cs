using Microsoft.Extensions.Time.Testing;

namespace Amqtt.AspNetCore.Tests.Support;

internal static class FakeTime
{
    /// <summary>
    /// Lets time pass until something that has to happen has happened: the broker may begin to measure some moments after its last answer, so that how much has to
    /// pass is not known.
    /// </summary>
    /// <param name="time">The time.</param>
    /// <param name="happens">What has to happen.</param>
    /// <param name="step">How much passes at once; null = a second.</param>
    /// <param name="steps">After how many time stands still.</param>
    public static async Task AdvanceUntilAsync(this FakeTimeProvider time, Task happens, TimeSpan? step = null, int steps = int.MaxValue)
    {
        for (int i = 0; i < steps && !happens.IsCompleted; i++)
        {
            time.Advance(step ?? TimeSpan.FromSeconds(1));
            await Task.WhenAny(happens, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        await happens;
    }
}
