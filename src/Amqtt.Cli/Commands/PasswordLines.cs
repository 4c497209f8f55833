using System.Text;

namespace Amqtt.Cli.Commands;

/// <summary>The lines of a password file. What is not about a user that changes stays as it is: comments, order, line ends.</summary>
internal sealed class PasswordLines
{
    private readonly List<string> _lines;
    private readonly string _lineEnd;

    public PasswordLines(string text)
    {
        _lineEnd = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        _lines = [.. text.Split(_lineEnd)];
        if (_lines[^1].Length == 0) _lines.RemoveAt(_lines.Count - 1);
    }

    /// <summary>Sets the hash of a user, in the place of the line that counted until now; new users come last.</summary>
    public void Set(string user, string hash)
    {
        var line = $"{user}:{hash}";
        var last = _lines.FindLastIndex(old => IsOf(old, user));
        if (last < 0)
        {
            _lines.Add(line);
            return;
        }

        _lines[last] = line;
        // Earlier lines of the same user never counted.
        for (var i = last - 1; i >= 0; i--)
        {
            if (IsOf(_lines[i], user)) _lines.RemoveAt(i);
        }
    }

    /// <summary>Removes a user; false if there is none.</summary>
    public bool Remove(string user) => _lines.RemoveAll(line => IsOf(line, user)) > 0;

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var line in _lines) text.Append(line).Append(_lineEnd);
        return text.ToString();
    }

    // As the plugin reads lines.
    private static bool IsOf(string line, string user)
    {
        var entry = line.AsSpan().Trim();
        var colon = entry.IndexOf(':');
        return colon >= 0 && entry[0] != '#' && entry[..colon].SequenceEqual(user);
    }
}
