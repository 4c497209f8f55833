using Amqtt.Broker.Transport;

namespace Amqtt.Broker.Tests.Transport;

/// <summary>Time-outs of one loop fire in time, and each for itself.</summary>
public sealed class TimerWheelTests
{
    private const long Day = 86_400_000;

    [Fact]
    public void A_timer_that_throws_costs_the_others_of_its_tick_nothing()
    {
        var faults = new List<Exception>();
        var wheel = new TimerWheel(now: 0, faults.Add);
        var fired = new List<int>();
        for (int i = 0; i < 5; i++)
        {
            int number = i;
            wheel.Schedule(new TimedCallback(() => Fire(number)), dueAt: 100);
        }

        wheel.Advance(250);
        Assert.Equal([0, 1, 3, 4], fired);
        Assert.Equal("2", Assert.Single(faults).Message);

        void Fire(int number)
        {
            if (number == 2) throw new InvalidOperationException("2");
            fired.Add(number);
        }
    }

    [Fact]
    public void Each_fires_once_when_its_time_has_come_however_time_leaps()
    {
        var random = new Random(7);
        for (int round = 0; round < 200; round++)
        {
            long now = random.NextInt64(Day);
            var wheel = new TimerWheel(now, static fault => Assert.Fail(fault.Message));
            var due = new Dictionary<int, long>();
            var fired = new List<int>();
            for (int i = 0; i < 50; i++)
            {
                int number = i;
                due[i] = now + random.NextInt64(random.Next(2) == 0 ? 1_000 : Day);
                var timer = new TimedCallback(() => fired.Add(number));
                wheel.Schedule(timer, now + random.NextInt64(Day)); // and then moved
                wheel.Schedule(timer, due[i]);
            }

            while (due.Count > 0)
            {
                now += random.NextInt64(1, random.Next(2) == 0 ? 2_000 : Day);
                fired.Clear();
                wheel.Advance(now);
                Assert.All(fired, number => Assert.True(due.Remove(number, out long at) && at <= now));
                Assert.All(due.Values, at => Assert.True(at > now - TimerWheel.TickMilliseconds));
            }
        }
    }
}
