using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Tls;

/// <summary>The TLS side of one listener: certificate, key and authorities, read from their files and read again when these change. Any thread.</summary>
public sealed partial class ServerTls : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly ServerTlsSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RemoteCertificateValidationCallback _accept;
    private readonly Lock _gate = new();
    private FileStamp[] _stamps;
    private long _lastCheck;
    private bool _disposed;

    // Replaced as a whole, so that no handshake sees the new certificate with the old authorities. A version that was replaced is left to the garbage
    // collector on purpose: handshakes under way hold it, and nothing tells when the last of them ends.
    private volatile Credentials _credentials;

    private ServerTls(ServerTlsSettings settings, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _time = time;
        _logger = logger;
        _accept = Accept;
        _lastCheck = time.GetTimestamp();
        // Before the files are read: a change in between is then seen at the next look.
        _stamps = FileStamp.TakeAll(settings);
        _credentials = Credentials.Load(settings);
        Warn();
    }

    private X509Certificate2 Certificate => _credentials.Identity.Context.TargetCertificate;

    /// <summary>Reads everything the settings name.</summary>
    /// <param name="settings">What the listener's configuration says.</param>
    /// <param name="time">Tells whether certificates are valid now, and when to look at the files again.</param>
    /// <param name="logger">Hears of refused client certificates, of new versions of the files, and of new versions that cannot be used.</param>
    /// <exception cref="TlsException">Something is missing, unreadable or does not fit together.</exception>
    public static ServerTls Load(ServerTlsSettings settings, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        return new(settings, time, logger);
    }

    /// <summary>
    /// What <see cref="SslStream.AuthenticateAsServerAsync(SslServerAuthenticationOptions, CancellationToken)"/> needs for one handshake. The caller owns the result and asks
    /// again for the next handshake. At most once a second this looks at the files first, and reads them if they have changed; a new version that cannot be used is logged
    /// and the old one stays in force. Established connections never notice.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The listener has ended.</exception>
    public SslServerAuthenticationOptions GetHandshakeOptions()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ReloadIfChanged();
        var credentials = _credentials;
        var options = new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ServerCertificateContext = credentials.Identity.Context,
            // A client could make the broker compute for ever.
            AllowRenegotiation = false,
        };
        if (_settings.ClientCertificate != ClientCertificateMode.None)
        {
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = credentials.Anchors.CreatePolicy(_time.GetUtcNow());
            options.RemoteCertificateValidationCallback = _accept;
            // A resumed session brings the client's certificate without the chain it came with, and a valid client would be refused. The price: connections
            // do not share a native context (about 12 KiB each, measured with OpenSSL 3.0) and a client that comes back does the whole handshake.
            options.AllowTlsResume = false;
        }
        return options;
    }

    /// <summary>Frees certificates and key. Handshakes under way may fail; connections that completed theirs live on.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _credentials.Dispose();
        }
    }

    /// <summary>Reads the files again, changed or not. If they cannot be used, that is logged and those read before stay in force.</summary>
    public void Reload()
    {
        lock (_gate)
            Reload(always: true);
    }

    private void ReloadIfChanged()
    {
        // Whoever comes while another handshake looks or reads goes on with what is in force.
        if (_time.GetElapsedTime(Volatile.Read(ref _lastCheck)) < CheckInterval || !_gate.TryEnter())
            return;
        try
        {
            Reload(always: false);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Reload(bool always)
    {
        try
        {
            Volatile.Write(ref _lastCheck, _time.GetTimestamp());
            var stamps = FileStamp.TakeAll(_settings);
            if (_disposed || (!always && stamps.AsSpan().SequenceEqual(_stamps)))
                return;
            // Also when reading fails: the same broken files are reported once.
            _stamps = stamps;
            _credentials = Credentials.Load(_settings);
            Log.Reloaded(_logger, _settings.CertFile, Certificate.NotAfter.ToUniversalTime());
            Warn();
        }
        catch (TlsException e)
        {
            Log.ReloadFailed(_logger, e.Message);
        }
    }

    private void Warn()
    {
        if (_settings.ClientCertificate == ClientCertificateMode.Optional && !_credentials.Anchors.CanCompleteChains)
            Log.NoRoot(_logger, _settings.CertFile);
        var (from, to) = (Certificate.NotBefore.ToUniversalTime(), Certificate.NotAfter.ToUniversalTime());
        var now = _time.GetUtcNow().UtcDateTime;
        if (now < from || now > to)
            Log.NotValidNow(_logger, _settings.CertFile, from, to);
    }

    private bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (certificate is null)
        {
            if (_settings.ClientCertificate == ClientCertificateMode.Optional)
                return true;
            Log.ClientWithoutCertificate(_logger);
            return false;
        }
        var reasons = chain is { ChainStatus.Length: > 0 } ? string.Join(", ", chain.ChainStatus.Select(status => status.Status)) : errors.ToString();
        Log.ClientRefused(_logger, certificate.GetSerialNumberString(), reasons);
        return false;
    }

    private sealed record Credentials(Identity Identity, TrustAnchors Anchors) : IDisposable
    {
        public static Credentials Load(ServerTlsSettings settings)
        {
            // Only who must show a certificate needs a root to be let in: a file of intermediates, as ACME clients write it, is there for the server's own chain.
            var anchors = TrustAnchors.Load(settings.CaFile, settings.CaPath, settings.CaData, peersAreChecked: settings.ClientCertificate == ClientCertificateMode.Required);
            try
            {
                return new(Identity.Load(settings.CertFile, settings.KeyFile, anchors), anchors);
            }
            catch (TlsException)
            {
                anchors.Dispose();
                throw;
            }
        }

        public void Dispose()
        {
            Identity.Dispose();
            Anchors.Dispose();
        }
    }
}
