using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Tests.Transport;

/// <summary>Who waits for a delayed acknowledgement, and who only seems to.</summary>
public sealed class NagleWatchTests
{
    [Fact]
    public void A_peer_that_sends_40_ms_after_the_last_again_and_again_is_one()
    {
        var watch = new NagleWatch();
        long now = 1_000_000;
        Assert.Equal([false, false, false, true, true], Reads(ref watch, ref now, 0, 41, 44, 40, 1));
    }

    [Fact]
    public void What_comes_in_between_does_not_hide_it()
    {
        var watch = new NagleWatch();
        long now = uint.MaxValue - 45L; // past the end of 32 bits
        Assert.Equal([false, false, false, false, false, false, false, true], Reads(ref watch, ref now, 0, 40, 0, 40, 1, 40, 0, 40));
    }

    [Fact]
    public void After_a_while_it_is_found_out_anew()
    {
        var watch = new NagleWatch();
        long now = 0;
        Reads(ref watch, ref now, 1000, 40, 40, 40);
        Assert.DoesNotContain(false, Reads(ref watch, ref now, new int[4096]));
        Assert.Equal([false, false, false, true], Reads(ref watch, ref now, 1000, 40, 40, 40));
    }

    [Fact]
    public void One_that_sends_just_then_once_in_a_while_is_none()
    {
        var watch = new NagleWatch();
        long now = 0;
        Assert.DoesNotContain(true, Reads(ref watch, ref now, [.. Enumerable.Range(0, 10_000).Select(static number => number % 5 == 0 ? 40 : 3)]));
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
