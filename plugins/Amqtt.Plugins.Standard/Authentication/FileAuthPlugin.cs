using System.ComponentModel.DataAnnotations;
using Amqtt.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amqtt.Plugins.Standard;

/// <summary>
/// Lets in who is in a password file and says the right password. Lines are <c>name:hash</c>, with Argon2, bcrypt, PBKDF2 (<c>$7$</c>, mosquitto) or SHA-512-crypt;
/// <c>amqtt passwd</c> writes them. A changed file is read anew within seconds. Has no opinion about clients that name no user.
/// </summary>
[PluginAlias("password_file")]
[PluginAlias("auth_file")]
[PluginAlias("amqtt.plugins.authentication.FileAuthPlugin")]
public sealed class FileAuthPlugin : BaseAuthPlugin
{
    private readonly HashingPool _pool = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly WatchedFile<PasswordFile>? _file;

    /// <summary>A plugin that reads its password file.</summary>
    /// <param name="config">The options.</param>
    /// <param name="context">The host.</param>
    /// <exception cref="PasswordFileException">The file cannot be read.</exception>
    public FileAuthPlugin(Config config, BrokerContext context)
    {
        var logger = context.Logger;
        if (config.PasswordFile is not { } file)
        {
            logger.LogWarning("No password_file is set: every client that names a user is refused.");
            return;
        }

        try
        {
            _file = new(file.FullName, text => PasswordFile.Parse(text, file.Name, logger), context);
        }
        catch (Exception exception) when (WatchedFile<PasswordFile>.IsFailure(exception))
        {
            throw new PasswordFileException($"the password file {file.FullName} cannot be used: {exception.Message}", exception);
        }

        logger.LogInformation("Users in {File}: {Users}", file.FullName, _file.Value.Count);
    }

    /// <inheritdoc/>
    public override async ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
    {
        if (string.IsNullOrEmpty(context.UserName)) return Decision.NoOpinion;
        if (context.Password is not { Length: > 0 and <= PasswordHasher.LongestPassword } password || _file is null) return Decision.Deny();

        var (hash, isOwn) = _file.Value.Find(context.UserName);
        if (hash is null) return Decision.Deny();
        return await _pool.RunAsync(context.RemoteAddress, () => hash.Verify(password.Span), context.CancellationToken) switch
        {
            true when isOwn => Decision.Allow,
            null => Decision.Deny(ReasonCode.ServerBusy),
            _ => Decision.Deny(),
        };
    }

    /// <summary>The options.</summary>
    public sealed class Config : IConfigCheck
    {
        /// <summary>The password file, relative to the configuration file. Without one every client that names a user is refused. Default none.</summary>
        public FileInfo? PasswordFile { get; init; }

        /// <inheritdoc/>
        public IEnumerable<ValidationResult> Check()
        {
            // What is odd in single lines is logged when the plugin reads it.
            if (PasswordFile is { } file && WatchedFile<PasswordFile>.ProblemOf(file.FullName, text => Standard.PasswordFile.Parse(text, file.Name, NullLogger.Instance)) is { } problem)
                yield return new($"the password file {file.FullName} cannot be used: {problem}", [nameof(PasswordFile)]);
        }
    }
}
