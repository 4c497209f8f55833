namespace Amqtt.Plugins.Standard;

/// <summary>
/// Reads an <c>acl_file</c> of mosquitto: <c>topic [read|write|readwrite|deny] FILTER</c> for the last <c>user NAME</c> or, before the first, for clients without
/// user name; <c>pattern</c> for everyone. As there, subscribing is free and what is delivered is checked.
/// </summary>
internal static class MosquittoAclFile
{
    /// <summary>Adds the rules of a file.</summary>
    /// <exception cref="FormatException">A line is none of these; the message has its number.</exception>
    public static void AddTo(AccessRules rules, string text, string file)
    {
        var (read, write, readDeny, writeDeny) = (new AccessTable(), new AccessTable(), new AccessTable(), new AccessTable());
        rules.Receive.Add(read);
        rules.Publish.Add(write);
        rules.ReceiveDeny.Add(readDeny);
        rules.PublishDeny.Add(writeDeny);
        var user = AccessTable.Anonymous;
        var number = 0;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            number++;
            var line = raw.Trim();
            if (line.IsEmpty || line[0] == '#') continue;
            var (keyword, rest) = SplitWord(line);
            switch (keyword)
            {
                case "user" when !rest.IsEmpty:
                    user = rest.ToString();
                    break;
                case "topic" when !rest.IsEmpty:
                    Add(user, rest, number);
                    break;
                case "pattern" when !rest.IsEmpty:
                    Add(AccessTable.Everyone, rest, number);
                    break;
                default:
                    throw new FormatException($"{file}:{number}: expected 'user NAME', 'topic [read|write|readwrite|deny] FILTER' or 'pattern [read|write|readwrite|deny] FILTER', but found '{LogText.Escape(line.ToString())}'");
            }
        }

        void Add(string who, ReadOnlySpan<char> rule, int at)
        {
            var (access, filter) = SplitWord(rule);
            if (filter.IsEmpty)
            {
                // A topic may be called "read".
                access = "readwrite";
                filter = rule;
            }
            else if (access is not ("read" or "write" or "readwrite" or "deny"))
            {
                // As in mosquitto. Taken for a topic with a space in it, a misspelt "deny" would deny nothing.
                throw new FormatException(
                    $"{file}:{at}: expected read, write, readwrite or deny before the filter '{LogText.Escape(filter.ToString())}', but found '{LogText.Escape(access.ToString())}'");
            }

            AccessRule parsed;
            try
            {
                parsed = AccessRule.Parse(filter.ToString());
            }
            catch (FormatException e)
            {
                throw new FormatException($"{file}:{at}: {e.Message}", e);
            }

            if (access is "read" or "readwrite") read.Add(who, parsed);
            if (access is "write" or "readwrite") write.Add(who, parsed);
            if (access is not "deny") return;
            readDeny.Add(who, parsed);
            writeDeny.Add(who, parsed);
        }
    }

    private static Split SplitWord(ReadOnlySpan<char> line)
    {
        var space = line.IndexOfAny(' ', '\t');
        return space < 0 ? new(line, []) : new(line[..space], line[(space + 1)..].TrimStart());
    }

    private readonly ref struct Split(ReadOnlySpan<char> word, ReadOnlySpan<char> rest)
    {
        private readonly ReadOnlySpan<char> _word = word;
        private readonly ReadOnlySpan<char> _rest = rest;

        public void Deconstruct(out ReadOnlySpan<char> word, out ReadOnlySpan<char> rest)
        {
            word = _word;
            rest = _rest;
        }
    }
}
