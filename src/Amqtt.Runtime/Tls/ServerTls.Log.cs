using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Tls;

public sealed partial class ServerTls
{
    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The certificate in '{CertFile}' is valid from {NotBefore:u} to {NotAfter:u}, not now: clients will refuse it")]
        public static partial void NotValidNow(ILogger logger, string certFile, DateTime notBefore, DateTime notAfter);

        [LoggerMessage(LogLevel.Warning, "The authorities for the listener with the certificate in '{CertFile}' are without a root: every client that shows a certificate is refused")]
        public static partial void NoRoot(ILogger logger, string certFile);

        [LoggerMessage(LogLevel.Information, "New TLS files are in force; the certificate in '{CertFile}' is valid until {NotAfter:u}")]
        public static partial void Reloaded(ILogger logger, string certFile, DateTime notAfter);

        [LoggerMessage(LogLevel.Error, "TLS files have changed and cannot be used, those read before stay in force: {Reason}")]
        public static partial void ReloadFailed(ILogger logger, string reason);

        // The number and not the name: the name is a stranger's text.
        [LoggerMessage(LogLevel.Information, "Refused the client certificate with serial number {SerialNumber}: {Reasons}")]
        public static partial void ClientRefused(ILogger logger, string serialNumber, string reasons);

        [LoggerMessage(LogLevel.Information, "Refused a client that shows no certificate")]
        public static partial void ClientWithoutCertificate(ILogger logger);
    }
}
