namespace Amqtt.Broker.Transport;

/// <summary>What lives on a channel. All calls come on the channel's loop.</summary>
internal interface IChannelHandler
{
    /// <summary>
    /// Takes complete packets from the start of <paramref name="bytes"/>, which are valid during the call only, and returns how many bytes it
    /// took. The rest comes again with what follows it; after <see cref="Channel.Pause"/> or <see cref="Channel.Yield"/> without anything new.
    /// </summary>
    int OnReceived(ReadOnlySpan<byte> bytes);

    /// <summary>Output that a slow peer had held up, or that was waited for, has been written.</summary>
    void OnDrained();

    /// <summary>The channel ended and it was not the handler that closed it. Called once.</summary>
    void OnClosed();

    /// <summary>The handler threw, or its channel failed beneath it; the channel is still open, and this must close it.</summary>
    void OnFault(Exception fault);
}
