using Amqtt.AspNetCore.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

// Where a program looks for such methods.
#pragma warning disable IDE0130
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health checks of a broker.</summary>
public static class MqttHealthChecksBuilderExtensions
{
    /// <summary>Checks the broker of <c>AddAmqttBroker</c>: healthy while it is started.</summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What it is when the broker is not started; null = unhealthy.</param>
    /// <param name="tags">Tags to select checks by.</param>
    public static IHealthChecksBuilder AddAmqttBroker(this IHealthChecksBuilder builder, string name = "amqtt", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<MqttBrokerHealthCheck>(name, failureStatus, tags ?? []);
    }
}
