using System.CommandLine;
using System.Text;
using Amqtt.Client;
using Amqtt.Client.Configuration;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Cli.Commands.Clients;

/// <summary><c>amqtt sub</c>: prints the messages of one or more filters.</summary>
internal sealed class SubCommand(Terminal terminal)
{
    private readonly ConnectionArguments _connection = new();
    private readonly Option<string[]> _topics = new("--topic", "-t") { Required = true, Description = "Topic filter; may be given several times.", HelpName = "FILTER", AllowMultipleArgumentsPerToken = false };
    private readonly Option<int> _qos = new("--qos", "-q") { Description = "Highest QoS wanted. Default 0.", HelpName = "QOS" };
    private readonly Option<long?> _count = new("-n", "--count") { Description = "Stop after so many messages.", HelpName = "N" };
    private readonly Option<MessageFormat> _format = new("--format") { Description = "payload, topic or json. Default payload.", HelpName = "FORMAT" };
    private readonly Option<string?> _response = new("--response") { Description = "Answer every request with this message (5).", HelpName = "TEXT" };

    public Command Build(Option<bool> debug)
    {
        var command = new Command("sub", "Subscribe, and print the messages that arrive: a line each, flushed.") { _topics, _qos, _count, _format, _response };
        _connection.AddTo(command);
        command.SetAction((result, cancel) => ClientSession.RunAsync(terminal, result.GetValue(debug), async (loggers, stop) =>
        {
            var qos = ConnectionArguments.CheckQos(result.GetValue(_qos), "-q");
            var count = result.GetValue(_count) ?? long.MaxValue;
            if (count < 1)
                throw new ClientException($"-n {count}: expected 1 or more.");
            var (options, arguments) = _connection.Read(result, "amqtt_sub", needs5: result.GetValue(_response) is not null);
            NeverDrop(options);
            await using var client = await ClientSession.ConnectAsync(options, arguments, loggers, stop);
            try
            {
                if (!await SubscribeAsync(client, result.GetRequiredValue(_topics), qos, stop))
                    return 1;
                await PrintAsync(client, count, result.GetValue(_format), result.GetValue(_response), stop);
            }
            finally
            {
                if (client.IsConnected)
                    await client.DisconnectAsync(cancellationToken: CancellationToken.None);
            }

            return 0;
        }, cancel));
        return command;
    }

    // Whoever pipes messages into something slow wants all of them; memory is the bound that remains.
    private static void NeverDrop(ClientOptions options)
    {
        options.MaxUnreadMessages = int.MaxValue;
        options.MaxUnreadBytes = 1024L * 1024 * 1024;
    }

    private async Task<bool> SubscribeAsync(MqttClient client, string[] filters, QoS qos, CancellationToken cancel)
    {
        // One that is no filter is refused as the broker would refuse it; the others are served.
        var valid = Array.FindAll(filters, filter => TopicFilter.IsValid(filter));
        var refused = filters.Length - valid.Length;
        foreach (var filter in filters.Except(valid, StringComparer.Ordinal))
            Refused(filter, "it is no topic filter");
        if (valid.Length > 0)
        {
            var codes = await client.SubscribeAsync(valid.Select(filter => (filter, qos)), cancel);
            for (var i = 0; i < valid.Length; i++)
            {
                if (!codes[i].IsError())
                    continue;
                refused++;
                Refused(valid[i], $"{codes[i]} (0x{(byte)codes[i]:X2})");
            }
        }

        return refused < filters.Length;

        void Refused(string filter, string why) => terminal.Error($"The subscription to '{Amqtt.Plugins.LogText.Escape(filter)}' was refused: {why}.");
    }

    private static async Task PrintAsync(MqttClient client, long count, MessageFormat format, string? response, CancellationToken cancel)
    {
        await using var output = Console.OpenStandardOutput();
        await foreach (var message in client.Messages.WithCancellation(cancel))
        {
            await MessageWriter.WriteAsync(output, message, format, cancel);
            if (response is not null && message.Properties.ResponseTopic is not null)
                await client.RespondAsync(message, Encoding.UTF8.GetBytes(response), cancellationToken: cancel);
            if (--count == 0)
            {
                // The stream would acknowledge it when asked for the next one.
                message.Acknowledge();
                return;
            }
        }
    }
}
