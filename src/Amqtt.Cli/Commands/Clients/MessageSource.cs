using System.Runtime.CompilerServices;
using System.Text;
using Amqtt.Client;

namespace Amqtt.Cli.Commands.Clients;

/// <summary>Where <c>amqtt pub</c> takes its messages from: exactly one of five sources.</summary>
internal sealed record MessageSource(string? Message, string? File, bool Stdin, bool Lines, bool Empty)
{
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    /// <exception cref="ClientException">Not exactly one.</exception>
    public void Check()
    {
        var count = (Message is null ? 0 : 1) + (File is null ? 0 : 1) + (Stdin ? 1 : 0) + (Lines ? 1 : 0) + (Empty ? 1 : 0);
        if (count != 1)
            throw new ClientException($"{(count == 0 ? "There is no message" : "There are several messages")}: expected exactly one of -m, -f, -s, -l and -n.");
    }

    /// <summary>The messages, as they come.</summary>
    public async IAsyncEnumerable<byte[]> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (Message is not null)
        {
            yield return Encoding.UTF8.GetBytes(Message);
        }
        else if (Empty)
        {
            yield return [];
        }
        else if (Stdin)
        {
            await using var input = Console.OpenStandardInput();
            using var all = new MemoryStream();
            await input.CopyToAsync(all, cancel);
            yield return all.ToArray();
        }
        else
        {
            await using var input = File is not null ? System.IO.File.OpenRead(File) : Console.OpenStandardInput();
            await foreach (var line in SplitAsync(input, cancel))
                yield return line;
        }
    }

    /// <summary>Bytes, not text: what is not UTF-8 goes out as it is.</summary>
    internal static async IAsyncEnumerable<byte[]> SplitAsync(Stream input, [EnumeratorCancellation] CancellationToken cancel)
    {
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = await input.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0)
                break;
            length += read;
            var start = 0;
            for (int end; (end = Array.IndexOf(buffer, LineFeed, start, length - start)) >= 0; start = end + 1)
                yield return Line(buffer.AsSpan(start, end - start));
            buffer.AsSpan(start, length - start).CopyTo(buffer);
            length -= start;
        }

        if (length > 0)
            yield return Line(buffer.AsSpan(0, length));
    }

    private static byte[] Line(ReadOnlySpan<byte> bytes) => (bytes is [.. var line, CarriageReturn] ? line : bytes).ToArray();
}
