using Amqtt.Broker.Diagnostics;

namespace Amqtt.Broker.Tests.Limits;

/// <summary>What the clients of before have left is garbage that nothing collects while nobody is let in.</summary>
public sealed class MemoryGuardTests
{
    private const long Maximum = 1000;

    [Fact]
    public void Garbage_keeps_nobody_out_for_long()
    {
        (long used, long live) = (Maximum + 1, Maximum + 1);
        var guard = new MemoryGuard(Maximum, () => used, () => used = live);
        Assert.True(guard.Look());
        Assert.Equal(MemoryPressure.RefuseConnections, guard.Pressure);

        live = 10; // the flood is over
        int looks = 0;
        for (; guard.Pressure != MemoryPressure.None; looks++)
        {
            Assert.True(looks < 20);
            guard.Look();
        }
    }

    [Fact]
    public void What_does_not_help_is_tried_less_and_less_often()
    {
        int collections = 0;
        var guard = new MemoryGuard(Maximum, static () => Maximum + 1, () => collections++);
        var looks = new List<int>();
        for (int look = 0; looks.Count < 8; look++)
        {
            int before = collections;
            guard.Look();
            if (collections > before) looks.Add(look);
        }

        Assert.Equal([0, 10, 30, 70, 150, 310, 630, 950], looks);
    }
}
