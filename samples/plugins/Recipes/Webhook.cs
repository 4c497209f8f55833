using System.Net.Http.Headers;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Recipes;

/// <summary>
/// Posts the payload of every routed message to a web service. An observer: the service may be slow or away without anybody waiting; what does not fit the
/// plugin's lane is dropped and counted. Use it with <c>$topics</c>.
/// </summary>
public sealed class Webhook(Webhook.Config config, IHttpClientFactory clients, ILogger<Webhook> logger) : BrokerPlugin
{
    public sealed class Config
    {
        /// <summary>Where to post.</summary>
        public required Uri Url { get; init; }

        /// <summary>Sent as bearer token; never printed.</summary>
        public Secret? Token { get; init; }
    }

    /// <inheritdoc/>
    public override async ValueTask OnBrokerMessageBroadcastAsync(MessageBroadcastEvent e, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, config.Url) { Content = new ReadOnlyMemoryContent(e.Message.Payload) };
        request.Headers.Add("X-Mqtt-Topic", Uri.EscapeDataString(e.Message.Topic));
        if (config.Token is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        using var client = clients.CreateClient(nameof(Webhook));
        using var response = await client.SendAsync(request, cancel);
        if (!response.IsSuccessStatusCode) logger.LogWarning("{Url} answered {Status}", config.Url, (int)response.StatusCode);
    }
}
