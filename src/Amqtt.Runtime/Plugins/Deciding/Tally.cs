using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// Combines decisions: any deny or fault denies, otherwise at least one allow allows, otherwise deny.
/// </summary>
/// <remarks>
/// A deny ends the evaluation; a fault does not, because a later deny outranks it: what the client is told must not depend on the
/// order of the plugins.
/// </remarks>
internal struct Tally
{
    private bool _allowed;
    private bool _fault;
    private string? _failed;
    private TimeSpan? _lifetime;

    /// <summary>Counts a plugin's decision. True: it is final and <paramref name="verdict"/> is the result.</summary>
    public bool Add(in Decision decision, bool nullDenies, string plugin, [NotNullWhen(true)] out Verdict? verdict)
    {
        if (_lifetime is not { } known || decision.Lifetime < known) _lifetime = decision.Lifetime;
        if (decision.IsAllow)
        {
            _allowed = true;
        }
        else if (decision.IsDeny || nullDenies)
        {
            // A denial is final whatever the others say, so only its own time counts.
            _lifetime = decision.Lifetime;
            verdict = Verdict.DenialOf(plugin, in decision);
            return true;
        }

        verdict = null;
        return false;
    }

    /// <summary>Counts a plugin that has not answered; the first one is named.</summary>
    public void AddFault(string plugin)
    {
        _fault = true;
        _failed ??= plugin;
    }

    /// <summary>How long the result may be kept.</summary>
    public readonly TimeSpan Lifetime
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _fault ? TimeSpan.Zero : _lifetime ?? TimeSpan.Zero;
    }

    public readonly Verdict Result => _fault ? Verdict.Fault with { By = DeniedBy.ThePlugin(_failed) } : _allowed ? Verdict.Allowed : Verdict.Unsaid;
}
