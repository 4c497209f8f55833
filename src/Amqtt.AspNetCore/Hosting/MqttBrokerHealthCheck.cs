using Amqtt.Broker;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Amqtt.AspNetCore.Hosting;

/// <summary>Healthy while the broker is started; says where it listens.</summary>
internal sealed class MqttBrokerHealthCheck(MqttBrokerService service) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        BrokerStatus status = service.Status;
        if (status != BrokerStatus.Started) return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, $"the broker is {status}"));
        var listeners = service.Broker.Endpoints.ToDictionary(static listener => listener.Key, static object (listener) => string.Join(", ", listener), StringComparer.Ordinal);
        return Task.FromResult(HealthCheckResult.Healthy($"the broker is {status}", listeners));
    }
}
