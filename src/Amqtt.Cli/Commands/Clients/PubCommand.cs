using System.CommandLine;
using System.Text;
using Amqtt.Client;
using Amqtt.Protocol;
using Amqtt.Protocol.Packets;

namespace Amqtt.Cli.Commands.Clients;

/// <summary><c>amqtt pub</c>: publishes messages. Exit 0 only if all of them went to the end of their QoS flow.</summary>
internal sealed class PubCommand(Terminal terminal)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private readonly ConnectionArguments _connection = new();
    private readonly Option<string> _topic = new("--topic", "-t") { Required = true, Description = "Topic name.", HelpName = "TOPIC" };
    private readonly Option<int?> _qos = new("--qos", "-q") { Description = "QoS. Default: the configuration's for the topic, or 0.", HelpName = "QOS" };
    private readonly Option<bool?> _retain = new("-r", "--retain") { Description = "The broker keeps the message for later subscribers. Default: as the configuration says for the topic." };
    private readonly Option<string?> _message = new("--message", "-m") { Description = "The message.", HelpName = "TEXT" };
    private readonly Option<string?> _file = new("--file", "-f") { Description = "Each line of the file is a message.", HelpName = "FILE" };
    private readonly Option<bool> _stdin = new("--stdin", "-s") { Description = "All of the standard input is one message." };
    private readonly Option<bool> _lines = new("--lines", "-l") { Description = "Each line of the standard input is a message." };
    private readonly Option<bool> _empty = new("--no-message", "-n") { Description = "An empty message." };
    private readonly Option<string[]> _properties = new("--property", "-D") { Description = "A user property (5).", HelpName = "NAME=VALUE", AllowMultipleArgumentsPerToken = false };
    private readonly Option<string?> _contentType = new("--content-type") { HelpName = "TEXT", Description = "What the message is (5)." };
    private readonly Option<uint?> _expiry = new("--message-expiry") { HelpName = "SECONDS", Description = "Lifetime of the message (5)." };
    private readonly Option<string?> _responseTopic = new("--response-topic") { HelpName = "TOPIC", Description = "Topic for an answer that somebody else waits for (5)." };
    private readonly Option<string?> _correlation = new("--correlation-data") { HelpName = "TEXT", Description = "What the answer is to repeat (5)." };
    private readonly Option<bool> _utf8 = new("--utf8") { Description = "Declare the message to be UTF-8 text (5)." };
    private readonly Option<bool> _request = new("--request") { Description = "Wait for the answer to each message and print it (5)." };
    private readonly Option<double?> _timeout = new("--timeout") { HelpName = "SECONDS", Description = "How long to wait for an answer. Default 10." };

    public Command Build(Option<bool> debug)
    {
        var command = new Command("pub", "Publish messages.")
        {
            _topic, _qos, _retain, _message, _file, _stdin, _lines, _empty, _properties, _contentType, _expiry, _responseTopic, _correlation, _utf8, _request, _timeout,
        };
        _connection.AddTo(command);
        command.SetAction((result, cancel) => ClientSession.RunAsync(terminal, result.GetValue(debug), async (loggers, stop) =>
        {
            var source = new MessageSource(result.GetValue(_message), result.GetValue(_file), result.GetValue(_stdin), result.GetValue(_lines), result.GetValue(_empty));
            source.Check();
            var topic = result.GetRequiredValue(_topic);
            if (!TopicName.IsValid(topic))
                throw new ClientException($"-t {Amqtt.Plugins.LogText.Escape(topic)}: expected a topic name, which is not empty and has no wildcard.");
            // What is not given is left to the configuration's 'topics' and defaults.
            QoS? qos = result.GetValue(_qos) is { } number ? ConnectionArguments.CheckQos(number, "-q") : null;
            var retain = result.GetValue(_retain);
            var properties = Properties(result);
            var isRequest = result.GetValue(_request);
            if (result.GetValue(_timeout) is <= 0 and var wait)
                throw new ClientException($"--timeout {wait}: expected more than 0 seconds.");
            var (options, arguments) = _connection.Read(result, "amqtt_pub", needs5: isRequest || !ReferenceEquals(properties, MqttProperties.Empty));
            // A file that cannot be read is known before anybody is bothered.
            if (result.GetValue(_file) is { } file)
                CheckReadable(file);

            await using var client = await ClientSession.ConnectAsync(options, arguments, loggers, stop);
            var publish = new PublishOptions { Properties = properties };
            await foreach (var message in source.ReadAsync(stop))
            {
                if (isRequest)
                    await RequestAsync(client, topic, message, qos, publish, result.GetValue(_timeout), stop);
                else
                    await client.PublishAsync(topic, message, qos, retain, publish, stop);
            }

            if (await client.DisconnectAsync(cancellationToken: stop))
                return 0;
            terminal.Error("The connection was lost before everything was sent.");
            return 1;
        }, cancel));
        return command;
    }

    private static void CheckReadable(string file)
    {
        if (Directory.Exists(file))
            throw new ClientException($"-f {file}: this is a folder; expected a file.");
        if (!File.Exists(file))
            throw new ClientException($"-f {file}: there is no such file.");
        File.OpenRead(file).Dispose();
    }

    private static async Task RequestAsync(MqttClient client, string topic, byte[] message, QoS? qos, PublishOptions options, double? timeout, CancellationToken cancel)
    {
        var answer = await client.RequestAsync(topic, message, timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : DefaultTimeout, qos, options, cancel);
        await using var output = Console.OpenStandardOutput();
        await MessageWriter.WriteAsync(output, answer, MessageFormat.Payload, cancel);
    }

    private MqttProperties Properties(ParseResult result)
    {
        UserProperty[] user = [.. (result.GetValue(_properties) ?? []).Select(Pair)];
        var (contentType, expiry, responseTopic, correlation, utf8) =
            (result.GetValue(_contentType), result.GetValue(_expiry), result.GetValue(_responseTopic), result.GetValue(_correlation), result.GetValue(_utf8));
        if (user.Length == 0 && contentType is null && expiry is null && responseTopic is null && correlation is null && !utf8)
            return MqttProperties.Empty;
        return new()
        {
            UserProperties = user,
            ContentType = contentType,
            MessageExpiryInterval = expiry,
            ResponseTopic = responseTopic,
            CorrelationData = correlation is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(correlation),
            PayloadFormatIndicator = utf8 ? (byte)1 : null,
        };
    }

    private static UserProperty Pair(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? new(text[..equals], text[(equals + 1)..]) : throw new ClientException($"--property {text}: expected NAME=VALUE.");
    }
}
