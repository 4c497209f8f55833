namespace Amqtt.Runtime.Tls;

/// <summary>Whether clients of a TLS listener may or must show a certificate (P-B8).</summary>
public enum ClientCertificateMode
{
    /// <summary>Not asked for.</summary>
    None,

    /// <summary>Asked for. A client without one is let in; an invalid one ends the handshake.</summary>
    Optional,

    /// <summary>Asked for. None, or an invalid one, ends the handshake.</summary>
    Required,
}
