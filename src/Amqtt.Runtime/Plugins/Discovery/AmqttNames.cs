using System.Collections.Frozen;

namespace Amqtt.Runtime.Plugins;

/// <summary>The dotted names of aMQTT's plugins (Python): their configuration files are understood as they are.</summary>
/// <remarks>A plugin that exists carries its old names as aliases. This table knows the others, to say more than "unknown".</remarks>
internal static class AmqttNames
{
    /// <summary>Stores nothing any more in aMQTT either: accepted with a warning.</summary>
    public const string OldStore = "amqtt.plugins.persistence.SQLitePlugin";

    private const string OldPrefix = "amqtt.plugin.";
    private const string Prefix = "amqtt.plugins.";
    private const string Contrib = "amqtt.contrib.";

    private static readonly FrozenDictionary<string, string> Ours = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [Prefix + "authentication.AnonymousAuthPlugin"] = "AnonymousAuthPlugin",
        [Prefix + "authentication.FileAuthPlugin"] = "FileAuthPlugin",
        ["auth_file"] = "FileAuthPlugin",
        [Prefix + "topic_checking.TopicTabooPlugin"] = "TopicTabooPlugin",
        ["topic_taboo"] = "TopicTabooPlugin",
        [Prefix + "topic_checking.TopicAccessControlListPlugin"] = "TopicAccessControlListPlugin",
        ["topic_acl"] = "TopicAccessControlListPlugin",
        [Prefix + "sys.broker.BrokerSysPlugin"] = "BrokerSysPlugin",
        ["broker_sys"] = "BrokerSysPlugin",
        [Prefix + "logging_amqtt.EventLoggerPlugin"] = "EventLoggerPlugin",
        [Prefix + "logging_amqtt.PacketLoggerPlugin"] = "PacketLoggerPlugin",
        [Contrib + "auth_db.UserAuthDBPlugin"] = "UserAuthDbPlugin",
        [Contrib + "auth_db.plugin.UserAuthDBPlugin"] = "UserAuthDbPlugin",
        [Contrib + "auth_db.TopicAuthDBPlugin"] = "TopicAuthDbPlugin",
        [Contrib + "auth_db.plugin.TopicAuthDBPlugin"] = "TopicAuthDbPlugin",
        [Contrib + "http.UserAuthHttpPlugin"] = "UserAuthHttpPlugin",
        [Contrib + "http.TopicAuthHttpPlugin"] = "TopicAuthHttpPlugin",
        [Contrib + "jwt.UserAuthJwtPlugin"] = "UserAuthJwtPlugin",
        [Contrib + "jwt.TopicAuthJwtPlugin"] = "TopicAuthJwtPlugin",
        [Contrib + "ldap.UserAuthLdapPlugin"] = "UserAuthLdapPlugin",
        [Contrib + "ldap.TopicAuthLdapPlugin"] = "TopicAuthLdapPlugin",
        [Contrib + "cert.UserAuthCertPlugin"] = "UserAuthCertPlugin",
        [Contrib + "cert.CertificateAuthPlugin"] = "UserAuthCertPlugin",
        [Contrib + "django.plugins.DjangoAuthPlugin"] = "IdentityTokenAuthPlugin",
        [Contrib + "django.plugins.UserTopicACLPlugin"] = "UserTopicAclPlugin",
        [Contrib + "persistence.SessionDBPlugin"] = "SessionDbPlugin",
        [Contrib + "shadows.ShadowPlugin"] = "ShadowPlugin",
        [Contrib + "shadows.plugin.ShadowPlugin"] = "ShadowPlugin",
        [Contrib + "shadows.ShadowTopicAuthPlugin"] = "ShadowTopicAuthPlugin",
        [Contrib + "shadows.plugin.ShadowTopicAuthPlugin"] = "ShadowTopicAuthPlugin",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>aMQTT once called the package <c>amqtt.plugin</c>.</summary>
    public static string Modern(string path) => path.StartsWith(OldPrefix, StringComparison.Ordinal) ? Prefix + path[OldPrefix.Length..] : path;

    /// <summary>The class that stands for an aMQTT plugin here, or null for a name that aMQTT does not have.</summary>
    public static string? ClassFor(string path) => Ours.GetValueOrDefault(path);
}
