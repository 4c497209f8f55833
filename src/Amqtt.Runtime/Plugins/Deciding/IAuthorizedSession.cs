using Amqtt.Plugins;

namespace Amqtt.Runtime.Plugins;

/// <summary>What a session has that decisions about its topics need. Any thread.</summary>
internal interface IAuthorizedSession
{
    /// <summary>What an auth plugin granted; null = it granted nothing in particular, and topic plugins alone decide.</summary>
    IReadOnlyList<TopicPermission>? Permissions { get; }

    /// <summary>The verdicts that are kept; made when the first is.</summary>
    VerdictCache Verdicts { get; }

    /// <summary>Changes whenever what this session may do has changed: what was decided before counts no more.</summary>
    int AuthorizationVersion { get; }
}
