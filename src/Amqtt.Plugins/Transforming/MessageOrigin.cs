namespace Amqtt.Plugins;

/// <summary>How a message came to be.</summary>
public enum MessageOrigin
{
    /// <summary>A client published it.</summary>
    Client,

    /// <summary>It is the will of a client whose connection ended.</summary>
    Will,

    /// <summary>A plugin or the broker published it.</summary>
    Plugin,
}
