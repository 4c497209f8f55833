namespace Amqtt.Broker;

/// <summary>
/// A stream that can end its sending direction alone. A connection on such a stream is ended behind its last packet, and what the peer still sends is read for a
/// moment; any other stream is disposed at once, which may cost the peer that packet.
/// </summary>
public interface IOutputShutdown
{
    /// <summary>Tells the peer that nothing more will come. Returns at once; an error shows itself to whoever reads.</summary>
    void ShutdownOutput();
}
