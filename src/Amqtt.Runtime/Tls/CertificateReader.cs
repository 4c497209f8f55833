using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Amqtt.Runtime.Tls;

/// <summary>
/// Reads certificates as PEM or DER, any number of them. The framework's own reader passes over PEM that is damaged, which would
/// silently shorten a chain or drop an authority; here it is an error.
/// </summary>
internal static class CertificateReader
{
    private const string Begin = "-----BEGIN CERTIFICATE-----";
    private const string End = "-----END CERTIFICATE-----";

    /// <summary>The certificates in order; none if PEM holds other things only.</summary>
    /// <param name="data">PEM text or DER.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="TlsException">A certificate in it is damaged, or it is neither PEM nor DER.</exception>
    public static X509Certificate2Collection Read(ReadOnlyMemory<byte> data, string name)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            if (data.Span.IndexOf("-----BEGIN "u8) >= 0)
                ReadPem(Encoding.Latin1.GetString(data.Span), name, certificates);
            else
                ReadDer(data.Span, name, certificates);
            return certificates;
        }
        catch (TlsException)
        {
            certificates.DisposeAll();
            throw;
        }
    }

    /// <summary>Frees every certificate of a collection.</summary>
    public static void DisposeAll(this X509Certificate2Collection certificates)
    {
        foreach (var certificate in certificates)
            certificate.Dispose();
    }

    private static void ReadPem(ReadOnlySpan<char> text, string name, X509Certificate2Collection into)
    {
        for (int begin; (begin = text.IndexOf(Begin, StringComparison.Ordinal)) >= 0;)
        {
            text = text[begin..];
            var end = text.IndexOf(End, StringComparison.Ordinal);
            if (end < 0)
                throw new TlsException($"{name}: certificate {into.Count + 1} in it is cut off; expected a line '{End}'");
            end += End.Length;
            try
            {
                into.Add(X509Certificate2.CreateFromPem(text[..end]));
            }
            catch (CryptographicException e)
            {
                throw new TlsException($"{name}: certificate {into.Count + 1} in it is damaged", e);
            }
            text = text[end..];
        }
    }

    private static void ReadDer(ReadOnlySpan<byte> data, string name, X509Certificate2Collection into)
    {
        try
        {
            while (!data.IsEmpty)
            {
                AsnDecoder.ReadEncodedValue(data, AsnEncodingRules.DER, out _, out _, out var length);
                into.Add(X509CertificateLoader.LoadCertificate(data[..length]));
                data = data[length..];
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new TlsException($"{name}: holds no certificate that can be read; expected PEM ('{Begin}' and so on) or DER", e);
        }
    }
}
