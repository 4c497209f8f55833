namespace Amqtt.Broker.Routing;

/// <summary>
/// The sessions that share a filter under one name, on whatever loops: each message goes to one of them (section 4.8.2).
/// Members come and go without making a match stale, since a match refers to the group itself.
/// </summary>
internal sealed class SharedGroup : ISlotted
{
    private readonly Lock _writer = new();
    private volatile Subscription?[] _members = new Subscription?[2];
    private volatile int _count;
    private int _cursor = -1;

    internal SharedGroup(string filter, SubscriptionSet place)
    {
        Filter = filter;
        Place = place;
    }

    /// <summary>The whole filter, <c>$share/{name}/</c> included: the key of the group.</summary>
    public string Filter { get; }

    /// <summary>Number of members. Any thread.</summary>
    public int Count => _count;

    /// <summary>The members, with gaps. Any thread.</summary>
    public Subscription?[] Members => _members;

    /// <summary>Where the tree keeps the group.</summary>
    internal SubscriptionSet Place { get; }

    int ISlotted.Slot { get; set; }

    /// <summary>
    /// The member that gets the next message: the next one that is online and has nothing waiting, in turn; if there is none, the next one
    /// online; if none is, the next one offline.
    /// Null when the group has no members left. Any thread, without a lock unless members are changing just now.
    /// </summary>
    public Subscription? Choose()
    {
        var start = (uint)Interlocked.Increment(ref _cursor);
        if (Scan(start) is { } chosen)
            return chosen;
        if (_count == 0)
            return null;

        // A member that moved into a gap behind the scan may have escaped it.
        lock (_writer)
            return Scan(start);
    }

    /// <summary>
    /// The members that are left when one could not take a message, in the order of <see cref="Choose"/>. They are those of this moment, so that each is asked once however
    /// members move. Any thread.
    /// </summary>
    /// <param name="refusing">Who could not take it.</param>
    /// <param name="onlineOnly">Leaves out whoever is away: the message is not kept for anybody.</param>
    public OtherMembers OthersThan(Subscription refusing, bool onlineOnly)
    {
        Subscription[] members;
        lock (_writer)
        {
            var behind = _count == 0 ? 0 : (((ISlotted)refusing).Slot + 1) % _count;
            members = [.. _members[behind.._count]!, .. _members[..behind]!];
        }

        var lowest = onlineOnly ? Rank.Busy : Rank.Offline;
        return new OtherMembers([.. members.Where(member => member != refusing && RankOf(member) >= lowest).OrderByDescending(RankOf)]);
    }

    internal void Add(Subscription member)
    {
        lock (_writer)
        {
            if (_count == _members.Length)
            {
                var larger = new Subscription?[_count * 2];
                _members.CopyTo(larger, 0);
                _members = larger;
            }

            ((ISlotted)member).Slot = _count;
            _members[_count] = member;
            _count++;
        }
    }

    internal void Remove(Subscription member)
    {
        lock (_writer)
        {
            var slot = ((ISlotted)member).Slot;
            var last = _members[_count - 1]!;
            ((ISlotted)last).Slot = slot;
            _members[slot] = last;
            _members[_count - 1] = null;
            _count--;
        }
    }

    private Subscription? Scan(uint start)
    {
        var members = _members;
        var count = Math.Min(_count, members.Length);
        Subscription? chosen = null;
        var rank = Rank.None;
        var passedOver = 0;
        for (var i = 0; i < count && rank < Rank.Ready; i++)
        {
            if (members[(int)((start + (uint)i) % (uint)count)] is not { IsActive: true } member || RankOf(member) is var candidate && candidate <= rank)
                continue;
            chosen = member;
            rank = candidate;
            passedOver = i;
        }

        // Without this, whoever follows a member that is passed over would get its share on top.
        if (passedOver > 0)
            Interlocked.CompareExchange(ref _cursor, (int)(start + (uint)passedOver), (int)start);
        return chosen;
    }

    private static Rank RankOf(Subscription member) =>
        !member.Subscriber.IsOnline ? Rank.Offline : member.Subscriber.IsBusy ? Rank.Busy : Rank.Ready;

    /// <summary>How welcome a member is.</summary>
    private enum Rank
    {
        None,
        Offline,
        Busy,
        Ready,
    }
}
