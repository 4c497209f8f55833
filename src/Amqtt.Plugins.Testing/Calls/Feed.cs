namespace Amqtt.Plugins.Testing;

/// <summary>A growing list that can be waited for. Any thread.</summary>
internal sealed class Feed<T>
{
    private readonly Lock _gate = new();
    private readonly List<T> _items = [];
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<T> Items
    {
        get
        {
            lock (_gate) return [.. _items];
        }
    }

    public void Add(T item)
    {
        TaskCompletionSource grown;
        lock (_gate)
        {
            _items.Add(item);
            (grown, _grown) = (_grown, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        grown.TrySetResult();
    }

    /// <summary>The first that satisfies the condition, from the beginning on.</summary>
    public Task<T> FirstAsync(Func<T, bool> condition, string what) =>
        Patience.WaitAsync(FindAsync(condition), () => $"for {what}; so far: {string.Concat(Items.Select(item => $"{Environment.NewLine}  {item}"))}");

    private async Task<T> FindAsync(Func<T, bool> condition)
    {
        var seen = 0;
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                for (; seen < _items.Count; seen++)
                {
                    if (condition(_items[seen])) return _items[seen];
                }

                grown = _grown.Task;
            }

            await grown;
        }
    }
}
