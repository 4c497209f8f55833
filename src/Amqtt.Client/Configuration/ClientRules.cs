using Amqtt.Protocol;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Client.Configuration;

/// <summary>What has to be true of a whole configuration, beyond each value being right by itself.</summary>
internal static class ClientRules
{
    /// <param name="options">The options.</param>
    /// <param name="root">The configuration they come from, for places; null if a program made them.</param>
    /// <param name="errors">Receives what is wrong.</param>
    public static void Check(ClientOptions options, ConfigMapping? root, ConfigErrors errors)
    {
        if (options.KeepAlive > TimeSpan.Zero && options.PingDelay >= options.KeepAlive)
            Add("ping_delay", $"must be less than keep_alive ({DurationText.Format(options.KeepAlive)}), or 0 for no automatic pings");
        if (!options.VerifyCert && options.CheckHostname)
            Add("verify_cert", "false is possible only together with 'check_hostname: false'");
        if (options.ClientId is { } id && !MqttString.IsValid(id))
            Add("client_id", "is not text that MQTT accepts: at most 65,535 bytes, no control characters");
        CheckConnection(options.Connection, "connection");
        if (options.Broker is { } broker)
            CheckConnection(broker, "broker");
        for (var i = 0; i < options.Servers.Count; i++)
            CheckUri(options.Servers[i], $"servers[{i}]", "servers");
        if (options.Will is { } will && !errors.IsWrong("will.topic") && !TopicName.IsValid(will.Topic))
            Add("will.topic", "expected a topic name, which is not empty and has no wildcard", "will");
        foreach (var topic in options.Topics.Keys.Where(topic => !TopicName.IsValid(topic)))
            Add($"topics.{topic}", "expected a topic name, which is not empty and has no wildcard", "topics");

        void CheckConnection(ConnectionOptions connection, string section)
        {
            CheckUri(connection.Uri, $"{section}.uri", section);
            if (connection.Certfile is null != connection.Keyfile is null)
                Add($"{section}.{(connection.Certfile is null ? "keyfile" : "certfile")}", $"there is no '{(connection.Certfile is null ? "certfile" : "keyfile")}'; expected both or neither", section);
        }

        void CheckUri(string uri, string keyPath, string section)
        {
            if (!BrokerUri.TryParse(uri, out _, out var problem))
                Add(keyPath, problem, section);
        }

        void Add(string keyPath, string problem, string? section = null) => errors.Add(Place(section ?? keyPath), $"{keyPath}: {problem}");

        ConfigLocation Place(string key) => root?.Entries.FirstOrDefault(entry => KeyNames.Same(entry.Key.Text, key)) is { } found
            ? found.Value is ConfigScalar ? found.Value.Location : found.Key.Location
            : ConfigLocation.None;
    }
}
