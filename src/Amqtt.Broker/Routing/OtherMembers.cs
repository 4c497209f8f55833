using System.Diagnostics.CodeAnalysis;

namespace Amqtt.Broker.Routing;

/// <summary>
/// Who else of a shared group may be offered a message that a member could not take: each once, the most welcome first. It goes along with the message from loop to loop,
/// so that one loop at a time has it.
/// </summary>
internal sealed class OtherMembers(Subscription[] members)
{
    private int _next;

    /// <summary>The next one that is still a member.</summary>
    public bool TryNext([NotNullWhen(true)] out Subscription? member)
    {
        while (_next < members.Length)
        {
            member = members[_next++];
            if (member.IsActive) return true;
        }

        member = null;
        return false;
    }
}
