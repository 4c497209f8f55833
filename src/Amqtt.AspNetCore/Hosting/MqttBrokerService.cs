using Amqtt.Broker;
using Amqtt.Broker.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Amqtt.AspNetCore.Hosting;

/// <summary>The broker as a service of a host: started with it, and shut down before anything else of it ends.</summary>
internal sealed class MqttBrokerService(IServiceProvider services, MqttBrokerRecipe recipe) : IHostedLifecycleService, IAsyncDisposable
{
    private MqttBroker? _broker;
    private IDisposable? _logLevels;

    /// <summary>The broker.</summary>
    /// <exception cref="BrokerException">The host has not started it yet.</exception>
    public MqttBroker Broker => _broker ?? throw new BrokerException("the broker is made when the host starts; ask for it later, from a request for example");

    /// <summary>Where it is in its life.</summary>
    public BrokerStatus Status => _broker?.Status ?? BrokerStatus.New;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        BrokerOptions options = recipe.MakeOptions();
        _broker = await MqttBroker.CreateAsync(options, new BrokerServices
        {
            LoggerFactory = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            Time = services.GetService<TimeProvider>() ?? TimeProvider.System,
            BaseDirectory = services.GetService<IHostEnvironment>()?.ContentRootPath,
            ShareServices = recipe.Share(services),
        });
        await _broker.StartAsync(cancellationToken);
        // As for any hosted service that fails: whoever watches over the program starts it again.
        _broker.Failed.Register(() => services.GetService<IHostApplicationLifetime>()?.StopApplication());
        // The factory above has asked before, so it hears of a change before the broker does.
        _logLevels = services.GetService<IOptionsMonitor<LoggerFilterOptions>>()?.OnChange(_ => _broker.NotifyLogLevelsChanged());
    }

    /// <summary>Before anything else ends: a web server would wait for its WebSockets, and they for the broker.</summary>
    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => StopAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _broker?.StopAsync(CancellationToken.None) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _logLevels?.Dispose();
        return _broker?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
