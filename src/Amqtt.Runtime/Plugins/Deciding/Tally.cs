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

    /// <summary>Counts a decision. True: it is final and <paramref name="verdict"/> is the result.</summary>
    public bool Add(Decision decision, bool nullDenies, out Verdict verdict)
    {
        if (decision.IsAllow)
        {
            _allowed = true;
        }
        else if (decision.IsDeny || nullDenies)
        {
            verdict = Verdict.Denied(decision.Reason, decision.Text, decision.ServerReference);
            return true;
        }

        verdict = default;
        return false;
    }

    public void AddFault() => _fault = true;

    public readonly Verdict Result => _fault ? Verdict.Fault : _allowed ? Verdict.Allowed : Verdict.Denied();
}
