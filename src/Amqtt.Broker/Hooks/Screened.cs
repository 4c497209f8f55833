using Amqtt.Broker.Routing;
using Amqtt.Plugins;
using Amqtt.Protocol;
using Amqtt.Runtime.Plugins;

namespace Amqtt.Broker.Hooks;

/// <summary>What plugins made of a message on its way in.</summary>
/// <param name="Outcome">Whether it goes on.</param>
/// <param name="Reason">What its sender is told if it does not.</param>
/// <param name="Text">A sentence with it, or null.</param>
/// <param name="DeniedBy">Who stopped it if it does not go on.</param>
/// <param name="Changed">The message if it goes on as another one; null = as it came.</param>
internal readonly record struct Screened(DraftOutcome Outcome, ReasonCode Reason = ReasonCode.Success, string? Text = null, DeniedBy DeniedBy = default, Message? Changed = null)
{
    /// <summary>It goes on.</summary>
    public static Screened Pass(Message? changed) => new(DraftOutcome.Pass, Changed: changed);

    /// <summary>It goes on, or not, as those say who decide about topics.</summary>
    public static Screened By(Verdict verdict, Message? changed) =>
        verdict.IsAllowed ? Pass(changed)
        : verdict.IsFault ? new Screened(DraftOutcome.Fault, ReasonCode.ImplementationSpecificError, DeniedBy: verdict.By)
        : new Screened(DraftOutcome.Refuse, verdict.Reason ?? ReasonCode.NotAuthorized, verdict.Text, verdict.By);
}
