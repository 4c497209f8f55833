using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Tests.Transport;

/// <summary>Who waits for a delayed acknowledgement, and who only seems to.</summary>
public sealed class NagleWatchTests
{
    [Fact]
    public void A_peer_that_has_sent_three_times_40_ms_after_the_last_is_one_for_good()
    {
        var watch = new NagleWatch();
        long now = 1_000_000;
        Assert.Equal([false, false, false, true], Reads(ref watch, ref now, 0, 41, 44, 40));
        Assert.Equal([true, true], Reads(ref watch, ref now, 1, 100_000));
    }

    [Fact]
    public void What_comes_in_between_does_not_hide_it()
    {
        var watch = new NagleWatch();
        long now = uint.MaxValue - 45L; // past the end of 32 bits
        Assert.Equal([false, false, false, false, false, true], Reads(ref watch, ref now, 0, 40, 0, 40, 1, 40));
    }

    [Fact]
    public void One_that_sends_sooner_or_later_is_none()
    {
        var watch = new NagleWatch();
        long now = 0;
        Assert.DoesNotContain(true, Reads(ref watch, ref now, [.. Enumerable.Range(0, 1000).Select(static number => number % 37), .. Enumerable.Range(61, 1000)]));
    }

    private static bool[] Reads(ref NagleWatch watch, ref long now, params int[] gaps)
    {
        var waited = new bool[gaps.Length];
        for (int i = 0; i < gaps.Length; i++) waited[i] = watch.HasWaited(now += gaps[i]);
        return waited;
    }
}
