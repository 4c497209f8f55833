using System.Globalization;
using System.Text;

using Amqtt.Interop.Tests.Processes;

namespace Amqtt.Interop.Tests.Clients;

/// <summary>A subscriber process that prints a line <c>MESSAGE qos retain topic payload-in-hex</c> for each message and ends after the last.</summary>
internal sealed class ProcessSubscription(LineProcess process, int count) : Subscription
{
    public const string Mark = "MESSAGE ";

    public override async Task<IReadOnlyList<Received>> MessagesAsync()
    {
        var messages = new List<Received>();
        while (messages.Count < count)
            messages.Add(Parse(await process.LineAsync(line => line.StartsWith(Mark, StringComparison.Ordinal))));
        await process.SucceedAsync();
        return messages;
    }

    public override ValueTask DisposeAsync() => process.DisposeAsync();

    private static Received Parse(string line)
    {
        var parts = line[Mark.Length..].Split(' ');
        return new Received(parts[2], int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1] == "1", Encoding.UTF8.GetString(Convert.FromHexString(parts[3])));
    }
}
