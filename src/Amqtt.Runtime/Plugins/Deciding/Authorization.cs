namespace Amqtt.Runtime.Plugins;

/// <summary>What decisions about topics depend on beside the plugins; one for a host, whatever becomes of its hook tables. Any thread.</summary>
internal sealed class Authorization
{
    private long _generation;
    private volatile bool _keepsVerdicts;

    /// <summary>Whether a plugin has ever let a verdict be kept; until then nobody looks for one.</summary>
    public bool KeepsVerdicts
    {
        get => _keepsVerdicts;
        set => _keepsVerdicts = value;
    }

    /// <summary>Whether an auth plugin has ever granted permissions. Changed together with the hook table.</summary>
    public bool GrantsPermissions { get; set; }

    /// <summary>Changes whenever what anybody may do has changed.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>What was decided before counts no more.</summary>
    public void Invalidate() => Interlocked.Increment(ref _generation);
}
