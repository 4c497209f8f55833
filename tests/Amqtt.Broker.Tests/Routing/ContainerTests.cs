using System.Text;
using Amqtt.Broker.Routing;
using CsCheck;

namespace Amqtt.Broker.Tests.Routing;

/// <summary>The two containers below the trees, and the hash they rest on.</summary>
public sealed class ContainerTests
{
    private static readonly Gen<int[]> Toggles = Gen.Int[0, 99].Array[0, 400];

    [Fact]
    public void A_bag_holds_what_was_put_in_and_not_taken_out() =>
        Toggles.Sample(toggles =>
        {
            var bag = new SlotBag<Item>();
            var model = new Dictionary<int, Item>();
            foreach (var key in toggles)
            {
                if (model.Remove(key, out var item))
                    bag.Remove(item);
                else
                    bag.Add(model[key] = new());
            }

            var found = bag.Chunks.SelectMany(chunk => chunk).OfType<Item>().ToList();
            return bag.Count == model.Count && found.Count == model.Count && model.Values.ToHashSet().SetEquals(found);
        });

    [Fact]
    public void A_bag_grows_without_copying_items_and_shrinks_again()
    {
        var bag = new SlotBag<Item>();
        var items = Enumerable.Range(0, 5000).Select(_ => new Item()).ToList();
        foreach (var item in items)
        {
            var before = bag.Chunks;
            bag.Add(item);
            for (var i = 0; i < before.Length; i++)
                Assert.Same(before[i], bag.Chunks[i]);
        }

        items.ForEach(bag.Remove);
        Assert.InRange(bag.Chunks.Sum(chunk => chunk.Length), 0, 63);
    }

    [Fact]
    public void A_table_finds_what_was_added_and_not_removed() =>
        Toggles.Sample(toggles =>
        {
            var table = new LevelTable<Node>();
            var model = new Dictionary<int, Node>();
            foreach (var key in toggles)
            {
                if (model.Remove(key, out var node))
                    table.Remove(node);
                else
                    table.Add(model[key] = Node.Of(key));
            }

            return table.Count == model.Count
                && Enumerable.Range(0, 100).All(key => table.Find(Node.HashOf(key), Node.LevelOf(key)) == model.GetValueOrDefault(key))
                && table.Slots.OfType<Node>().Where(n => !n.IsRemoved).ToHashSet().SetEquals(model.Values);
        });

    [Fact]
    public void A_table_shrinks_again()
    {
        var table = new LevelTable<Node>();
        var nodes = Enumerable.Range(0, 5000).Select(Node.Of).ToList();
        nodes.ForEach(table.Add);
        nodes.ForEach(table.Remove);
        Assert.InRange(table.Slots.Length, 1, 16);
    }

    [Fact]
    public void The_hash_depends_on_every_byte_and_on_the_length()
    {
        var hashes = new HashSet<ulong>();
        for (var length = 0; length <= 100; length++)
        {
            var bytes = new byte[length];
            Assert.True(hashes.Add(SeededHash.Of(bytes)));
            for (var i = 0; i < length; i++)
            {
                bytes[i] = 1;
                Assert.True(hashes.Add(SeededHash.Of(bytes)));
                bytes[i] = 0;
            }
        }
    }

    [Fact]
    public void The_hash_spreads_names_that_count_up()
    {
        var buckets = new int[4096];
        for (var i = 0; i < 16 * buckets.Length; i++)
            buckets[SeededHash.Of(Encoding.UTF8.GetBytes($"site/device{i}")) % (ulong)buckets.Length]++;
        Assert.InRange(buckets.Max(), 16, 60); // 16 on average; by chance alone about 35 at most
    }

    private sealed class Item : ISlotted
    {
        public int Slot { get; set; }
    }

    private sealed class Node(ReadOnlySpan<byte> level, ulong hash) : LevelNode(level, hash)
    {
        public static Node Of(int key) => new(LevelOf(key), HashOf(key));

        public static byte[] LevelOf(int key) => Encoding.UTF8.GetBytes($"{key}");

        /// <summary>Bad on purpose: many levels meet in few slots.</summary>
        public static ulong HashOf(int key) => (ulong)key % 7;
    }
}
