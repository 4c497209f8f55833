using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>What a transform said about the packet as a whole.</summary>
internal enum DraftOutcome : byte
{
    /// <summary>It goes on.</summary>
    Pass,

    /// <summary>It ends here, answered as the plugin said.</summary>
    Drop,

    /// <summary>It is refused with the plugin's reason.</summary>
    Refuse,

    /// <summary>Its sender, or receiver, is disconnected.</summary>
    Disconnect,

    /// <summary>A plugin failed: refused with a code that says so.</summary>
    Fault,
}

/// <summary>A packet while transforms work on it: the state behind their contexts. One plugin after the other has its turn.</summary>
internal abstract class Draft : HookState
{
    private DraftOutcome _outcome;
    private ReasonCode _reason;
    private string? _text;

    public DraftOutcome Outcome => _outcome;

    /// <summary>What the plugin said goes to the client; a plugin's fault has none.</summary>
    public ReasonCode Reason => _reason;

    public string? Text => _text;

    /// <summary>The plugin whose turn it is, or was last, as logs name it: who ended the packet's way, if it has ended.</summary>
    public string? Plugin { get; private set; }

    /// <summary>Begins a plugin's turn: a fault goes back to what is here now.</summary>
    /// <param name="plugin">Its name in logs.</param>
    public void BeginTurn(string plugin)
    {
        if (!ReferenceEquals(Plugin, plugin)) Plugin = plugin;
        Checkpoint();
    }

    /// <summary>Ends a plugin's turn.</summary>
    /// <returns>The draft to go on with: another one with the same content if the plugin has kept the context and is using it just now.</returns>
    public Draft EndTurn()
    {
        if (EndWithWrites()) return this;
        Checkpoint();
        var successor = Succeed();
        successor.Decided(_outcome, _reason, _text);
        return successor;
    }

    /// <summary>Ends the turn of a plugin that threw: what it had changed is undone.</summary>
    public Draft Undo()
    {
        var isAlone = EndWithWrites();
        Decided(DraftOutcome.Pass, ReasonCode.Success, text: null);
        if (!isAlone) return Succeed();
        RollBack();
        return this;
    }

    /// <summary>Ends the turn of a plugin whose time is up. This draft is the plugin's from now on.</summary>
    /// <returns>The draft as it was before the turn.</returns>
    public Draft Abandon()
    {
        Poison();
        return Succeed();
    }

    /// <summary>A plugin failed and its packet cannot go on.</summary>
    public void Fail() => Decided(DraftOutcome.Fault, ReasonCode.ImplementationSpecificError, text: null);

    /// <summary>A context's verb.</summary>
    public void Decide(int generation, DraftOutcome outcome, ReasonCode reason, string? text)
    {
        BeginWrite(generation);
        Decided(outcome, reason, text);
        EndWrite();
    }

    /// <summary>A draft that is used again says nothing yet.</summary>
    protected void Reset() => Decided(DraftOutcome.Pass, ReasonCode.Success, text: null);

    /// <summary>Keeps what is here now.</summary>
    protected abstract void Checkpoint();

    /// <summary>Goes back to what <see cref="Checkpoint"/> kept.</summary>
    protected abstract void RollBack();

    /// <summary>A new draft with what <see cref="Checkpoint"/> kept.</summary>
    protected abstract Draft Successor();

    private Draft Succeed()
    {
        var successor = Successor();
        successor.Thread = Thread;
        successor.Plugin = Plugin;
        return successor;
    }

    private void Decided(DraftOutcome outcome, ReasonCode reason, string? text)
    {
        _outcome = outcome;
        _reason = reason;
        _text = text;
    }
}
