namespace Amqtt.Plugins.Testing;

/// <summary>Bounds every wait of a test, in real time: what does not come for so long does not come, and the test says what it waited for.</summary>
internal static class Patience
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static async Task<T> WaitAsync<T>(Task<T> task, Func<string> describe)
    {
        try
        {
            return await task.WaitAsync(Longest);
        }
        catch (TimeoutException exception)
        {
            throw new PluginTestException($"Waited {Longest.TotalSeconds} s {describe()}", exception);
        }
    }
}
