using System.Net;
using System.Net.Sockets;

namespace EmbeddedBroker;

/// <summary>A client of a few bytes: it enters the hall, finds the attic closed, and hears its own message.</summary>
internal static class SelfCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<bool> RunAsync(IPEndPoint broker)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(broker, patience.Token);
        var stream = client.GetStream();

        return await AskAsync("CONNECT as visitor", "101300044D5154540402003C000776697369746F72", "20020000")
            && await AskAsync("SUBSCRIBE to hall and attic", "82110001000468616C6C000005617474696300", "900400010080")
            && await AskAsync("PUBLISH hi to hall", "3008000468616C6C6869", "3008000468616C6C6869");

        async Task<bool> AskAsync(string packet, string bytes, string expected)
        {
            await stream.WriteAsync(Convert.FromHexString(bytes), patience.Token);
            var answer = new byte[expected.Length / 2];
            await stream.ReadExactlyAsync(answer, patience.Token);
            var isExpected = Convert.ToHexString(answer) == expected;
            Console.WriteLine($"{packet}: {(isExpected ? "as expected" : "expected " + expected + ", got " + Convert.ToHexString(answer))}");
            return isExpected;
        }
    }
}
