namespace Amqtt.Plugins.Testing.Tests;

/// <summary>Lets a web service decide.</summary>
public sealed class AsksService(IHttpClientFactory http) : BaseTopicPlugin
{
    public override async ValueTask<Decision> FilterTopicAsync(TopicContext context)
    {
        using var client = http.CreateClient();
        return await client.GetStringAsync(new Uri($"http://service.invalid/{context.Topic}"), context.CancellationToken) == "yes";
    }
}
