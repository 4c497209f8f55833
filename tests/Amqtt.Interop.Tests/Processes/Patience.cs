namespace Amqtt.Interop.Tests.Processes;

/// <summary>
/// How long a test waits for something that has to happen. Nothing is asserted about time: the limit only turns a hang into a
/// failure, and is generous because build servers are slow.
/// </summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static CancellationTokenSource Begin()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source;
    }
}
