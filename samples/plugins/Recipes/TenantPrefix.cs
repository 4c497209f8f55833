using Amqtt.Plugins;
using Amqtt.Protocol;

namespace Recipes;

/// <summary>
/// Gives every user a topic space of their own: what they publish to and subscribe to lies below <c>tenants/USER/</c>, and they never see the prefix.
/// </summary>
public sealed class TenantPrefix : BrokerPlugin
{
    /// <inheritdoc/>
    public override ValueTask OnConnectAsync(ConnectContext context)
    {
        // A name with a separator or wildcard would be a key to other tenants' spaces.
        if (context.UserName is not { Length: > 0 } user || user.AsSpan().ContainsAny('/', '+', '#')) context.Refuse();
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask OnPublishAsync(PublishContext context)
    {
        // A will comes from a session, too; what plugins publish is nobody's.
        if (context.Session is { } session) context.Topic = Prefix(session) + context.Topic;
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask OnSubscribeAsync(SubscribeContext context)
    {
        for (var i = 0; i < context.Count; i++)
        {
            var filter = context[i];
            filter.Filter = SharedSubscription.AddPrefix(filter.Filter, Prefix(context.Session));
        }

        return default;
    }

    /// <inheritdoc/>
    public override ValueTask OnUnsubscribeAsync(UnsubscribeContext context)
    {
        for (var i = 0; i < context.Count; i++) context[i] = SharedSubscription.AddPrefix(context[i], Prefix(context.Session));
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask OnDeliverAsync(DeliverContext context)
    {
        var prefix = Prefix(context.Session);
        if (context.Topic.StartsWith(prefix, StringComparison.Ordinal)) context.Topic = context.Topic[prefix.Length..];
        return default;
    }

    private static string Prefix(ISession session) => $"tenants/{session.UserName}/";
}
