using Amqtt.Runtime.Configuration;

namespace Amqtt.Cli;

/// <summary>Where commands print: results to the output, what went wrong to the error stream.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error)
{
    /// <summary>The stream of results and of the log.</summary>
    public TextWriter Output => output;

    /// <summary>The stream of what went wrong, and of the log of a command whose output is data.</summary>
    public TextWriter ErrorOutput => error;

    public void Error(string message) => error.WriteLine($"❌ {message}");

    /// <summary>Asks, on the error stream, so that results can be redirected.</summary>
    public void Prompt(string text)
    {
        error.Write(text);
        error.Flush();
    }

    public void Hint(string message) => error.WriteLine(message);

    public void Done(string message) => output.WriteLine($"✅ {message}");

    public void Errors(IEnumerable<ConfigMessage> messages)
    {
        foreach (var message in messages)
            Error(message.ToString());
    }

    public void Warnings(IEnumerable<ConfigMessage> messages)
    {
        foreach (var message in messages)
            error.WriteLine($"⚠️ {message}");
    }
}
