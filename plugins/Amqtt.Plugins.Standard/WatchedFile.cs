using System.Text;
using Microsoft.Extensions.Logging;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// What a text file says, followed through its changes: once a second its stamp is looked at, and a changed file that has come to rest is read anew.
/// A version that cannot be read leaves the one before in force. A stamp, unlike a notification, is also right for mounted secrets and files that are replaced.
/// </summary>
/// <typeparam name="T">What is made of the text; immutable.</typeparam>
internal sealed class WatchedFile<T>
    where T : class
{
    private const long Largest = 64 * 1024 * 1024;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly Func<string, T> _parse;
    private readonly Func<CancellationToken, ValueTask>? _changed;
    private readonly ILogger _logger;
    private Stamp _seen;
    private Stamp _read;
    private bool _isReported;
    private volatile T _value;

    /// <summary>Reads the file for the first time, and from now on while the plugin lives.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parse">Makes the value, or throws a <see cref="FormatException"/> that says what is wrong.</param>
    /// <param name="context">The plugin's context.</param>
    /// <param name="changed">What is to be done when a new version is in force.</param>
    /// <exception cref="IOException">The file cannot be read; so for the others.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="FormatException">It is no text, or the text is not right.</exception>
    public WatchedFile(string path, Func<string, T> parse, PluginContext context, Func<CancellationToken, ValueTask>? changed = null)
    {
        _path = path;
        _parse = parse;
        _changed = changed;
        _logger = context.Logger;
        _read = _seen = Stamp.Of(path);
        _value = Read(path, parse);
        context.Every(Period, LookAsync);
    }

    /// <summary>What the file said when it was last read. Any thread.</summary>
    public T Value => _value;

    /// <summary>Whether it is the failure of reading a file, which leaves an older version in force.</summary>
    public static bool IsFailure(Exception exception) => exception is IOException or UnauthorizedAccessException or FormatException;

    /// <summary>What is wrong with a file that is to be watched; null if nothing is.</summary>
    public static string? ProblemOf(string path, Func<string, T> parse)
    {
        try
        {
            Read(path, parse);
            return null;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            return exception.Message;
        }
    }

    private async ValueTask LookAsync(CancellationToken cancel)
    {
        var now = Stamp.Of(_path);
        // Somebody may still be writing: what is read is a file that did not change for a period.
        if (now != _seen)
        {
            _seen = now;
            _isReported = false;
            _logger.LogDebug("{File} is being changed", _path);
            return;
        }

        if (now == _read) return;
        try
        {
            _value = Read(_path, _parse);
            _read = now;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            // What cannot be read may be a moment later: permissions are no part of the stamp.
            if (exception is FormatException) _read = now;
            if (!_isReported) _logger.LogError("{File} has changed, but cannot be used, and what it said before stays in force: {Problem}", _path, exception.Message);
            _isReported = true;
            return;
        }

        if (_changed is not null) await _changed(cancel);
        _logger.LogInformation("{File} has changed and was read anew", _path);
    }

    private static T Read(string path, Func<string, T> parse)
    {
        var file = new FileInfo(path);
        if (file.Exists && file.Length > Largest) throw new FormatException($"the file has {file.Length} bytes; expected at most {Largest}");
        try
        {
            return parse(StrictUtf8.GetString(File.ReadAllBytes(path)).TrimStart('\ufeff'));
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("the file is not UTF-8 text", e);
        }
    }

    private readonly record struct Stamp(DateTime Written, long Length, DateTime Created)
    {
        public static Stamp Of(string path)
        {
            try
            {
                // Through links: a mounted secret is a link to a file in a folder that is exchanged.
                var target = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
                return target.Exists ? new(target.LastWriteTimeUtc, target.Length, target.CreationTimeUtc) : default;
            }
            catch (IOException)
            {
                return default; // there is nothing, or no more
            }
        }
    }
}
