using System.ComponentModel.DataAnnotations;
using Amqtt.Protocol;

namespace Amqtt.Plugins.Standard;

public sealed partial class TopicAccessControlListPlugin
{
    /// <summary>The options. Each list of rules has user names as keys and topic filters as values.</summary>
    public sealed class Config : IValidatableObject, IConfigCheck
    {
        private const string Admin = "admin";

        /// <summary>Topics that users may publish to. Absent: publishing is not restricted. A user that is not in it may not publish at all. Default absent.</summary>
        public Dictionary<string, List<string>>? PublishAcl { get; init; }

        /// <summary>
        /// Filters that users may subscribe to: a requested filter has to be contained in one of them. Absent: subscribing is not restricted. Default absent.
        /// </summary>
        public Dictionary<string, List<string>>? SubscribeAcl { get; init; }

        /// <summary>Topics that users may receive, whatever they have subscribed to. Absent: receiving is not restricted. Default absent.</summary>
        public Dictionary<string, List<string>>? ReceiveAcl { get; init; }

        /// <summary>Older name of <c>subscribe_acl</c>.</summary>
        public Dictionary<string, List<string>>? Acl { get; init; }

        /// <summary>Topics that users may not publish to, whatever <c>publish_acl</c> allows. Default none.</summary>
        public Dictionary<string, List<string>>? PublishDeny { get; init; }

        /// <summary>
        /// Topics that users do not receive, whatever is allowed: a subscription to nothing else is refused, and a wider one does not deliver them. Default none.
        /// </summary>
        public Dictionary<string, List<string>>? ReceiveDeny { get; init; }

        /// <summary>An access control list in mosquitto's form, in addition; relative to the configuration file, and read anew when it changes. Default none.</summary>
        public FileInfo? AclFile { get; init; }

        /// <summary>Users that may do everything. Default: admin, and with <c>acl_file</c> nobody, as in mosquitto.</summary>
        public List<string>? Superusers { get; init; }

        internal bool RestrictsOnlySubscribing => (SubscribeAcl ?? Acl) is not null && PublishAcl is null && AclFile is null;

        /// <inheritdoc/>
        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Acl is not null && SubscribeAcl is not null)
                yield return new("this is the older name of 'subscribe_acl', which is there too; expected only 'subscribe_acl'", [nameof(Acl)]);
            foreach (var (name, rules) in Lists())
            {
                foreach (var (user, filters) in rules ?? [])
                {
                    foreach (var filter in filters ?? [])
                    {
                        if (Problem(filter) is { } problem) yield return new($"user '{LogText.Escape(user)}': {problem}", [name]);
                    }
                }
            }
        }

        /// <inheritdoc/>
        public IEnumerable<ValidationResult> Check()
        {
            if (AclFile is { } file && WatchedFile<AccessRules>.ProblemOf(file.FullName, text => FileRules(text, file.Name)) is { } problem)
                yield return new($"the access control list {file.FullName} cannot be used: {problem}", [nameof(AclFile)]);
        }

        internal AccessRules ToRules()
        {
            var rules = new AccessRules();
            Add(rules.Publish, PublishAcl);
            Add(rules.Subscribe, SubscribeAcl ?? Acl);
            Add(rules.Receive, ReceiveAcl);
            Add(rules.PublishDeny, PublishDeny);
            Add(rules.ReceiveDeny, ReceiveDeny);
            rules.Superusers.UnionWith(Superusers ?? (AclFile is null ? [Admin] : []));
            return rules;
        }

        private static AccessRules FileRules(string text, string file)
        {
            var rules = new AccessRules();
            MosquittoAclFile.AddTo(rules, text, file);
            return rules;
        }

        private static string? Problem(string filter)
        {
            try
            {
                AccessRule.Parse(filter);
                return null;
            }
            catch (FormatException e)
            {
                return e.Message;
            }
        }

        private static void Add(List<AccessTable> tables, Dictionary<string, List<string>>? lists)
        {
            if (lists is null) return;
            var table = new AccessTable();
            tables.Add(table);
            foreach (var (user, filters) in lists)
            {
                foreach (var filter in filters ?? []) table.Add(user, AccessRule.Parse(filter));
            }
        }

        private IEnumerable<(string Name, Dictionary<string, List<string>>? Rules)> Lists() =>
        [
            (nameof(PublishAcl), PublishAcl), (nameof(SubscribeAcl), SubscribeAcl), (nameof(ReceiveAcl), ReceiveAcl), (nameof(Acl), Acl),
            (nameof(PublishDeny), PublishDeny), (nameof(ReceiveDeny), ReceiveDeny),
        ];
    }
}
