using System.Diagnostics.Metrics;
using System.Reflection;
using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>Makes plugin instances: each with services, context, logger and lane of its own.</summary>
/// <param name="options">The host's options.</param>
/// <param name="counters">What is counted of all plugins.</param>
/// <param name="scopesInUse">Scope bits of plugins that are there already.</param>
/// <param name="generation">The first generation that the plugins belong to.</param>
internal sealed class PluginActivator(PluginHostOptions options, PluginCounters counters, ulong scopesInUse, int generation)
{
    private readonly ILogger _logger = options.LoggerFactory.CreateLogger(options.Category);
    private ulong _scopes = scopesInUse | PluginScopes.Unscoped;

    /// <summary>Everything about a plugin but the plugin.</summary>
    /// <exception cref="PluginLoadException">Too many plugins have a scope.</exception>
    public HostedPlugin Prepare(PlannedPlugin planned)
    {
        var faults = new PluginFaults(planned.Identity.Id, _logger, counters);
        var logger = options.LoggerFactory.CreateLogger($"{options.Category}.{planned.Identity.Type.Name}");
        var timeouts = planned.Settings.Timeout is { } timeout ? options.Timeouts.WithHooks(timeout) : options.Timeouts;
        HostedContext context = new(planned.Identity.Id, logger, options.Time)
        {
            WorkThrew = faults.WorkThrew,
            WholeConfiguration = ConfigTree.ToDictionary(planned.Configuration),
        };
        return new(planned.Identity, context, faults, timeouts, planned.Settings)
        {
            Hooks = PluginHooks.Of(planned.Identity.Type),
            OfClient = options.Client is { } client ? new HostedClientContext(context, client) : null,
            ScopeBit = planned.Settings.HasScope ? NextScope(planned) : PluginScopes.Unscoped,
            Planned = planned,
            Since = generation,
        };
    }

    /// <summary>The lowest bit that is free. A plan has enough for its own plugins, but in a reload those before them still run.</summary>
    private ulong NextScope(PlannedPlugin planned)
    {
        var bit = ~_scopes & (_scopes + 1);
        if (bit == 0)
            throw new PluginLoadException(planned.Identity.Path, $"at most {PluginScopes.Most} plugins can have $topics or $listeners, those that still run and are to be replaced included; reload in two steps, or restart");
        _scopes |= bit;
        return bit;
    }

    /// <summary>Constructs the plugin.</summary>
    /// <exception cref="PluginException">Its constructor threw, or needs something that is not there.</exception>
    public void Construct(HostedPlugin plugin, PlannedPlugin planned)
    {
        if (planned.Fault is { } fault) throw fault;
        var instance = planned.Instance ?? Create(plugin, planned);
        instance.Attach(plugin.OfClient ?? (PluginContext)plugin.Context);
        if (options.Wrap is { } wrap) instance = wrap(instance);
        plugin.Attach(instance, new(instance, plugin.Faults, plugin.Timeouts.Observe, options.Time, options.LaneCapacity));
        var assembly = planned.Identity.Type.Assembly;
        _logger.Loaded(planned.Identity.Id, planned.Identity.Type.FullName, assembly.GetName().Version?.ToString(), assembly.GetName().Name);
    }

    /// <summary>Why a plugin cannot be constructed, as far as that can be seen without doing it: its services are registered, and none is made.</summary>
    /// <returns>Null if nothing was found.</returns>
    public PluginException? FaultOf(PlannedPlugin planned)
    {
        if (planned.Instance is not null) return null;
        var constructor = planned.Identity.Type.GetConstructors()[0];
        try
        {
            using var services = PluginServices.Build(Prepare(planned), planned, constructor, options);
            var known = services.GetRequiredService<IServiceProviderIsService>();
            var missing = Array.Find(constructor.GetParameters(), parameter => !parameter.HasDefaultValue && !known.IsService(parameter.ParameterType));
            return missing is null ? null : Missing(missing, planned);
        }
        catch (Exception exception) when (exception is not PluginException)
        {
            return ConstructionFailed(planned, exception);
        }
    }

    private BasePlugin Create(HostedPlugin plugin, PlannedPlugin planned)
    {
        var constructor = planned.Identity.Type.GetConstructors()[0];
        try
        {
            // Kept before the plugin is there: the host disposes them whatever becomes of it.
            var services = plugin.Services = PluginServices.Build(plugin, planned, constructor, options);
            var arguments = Array.ConvertAll(constructor.GetParameters(), parameter => Resolve(services, parameter, planned));
            return (BasePlugin)constructor.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);
        }
        catch (Exception exception) when (exception is not PluginException)
        {
            throw ConstructionFailed(planned, exception);
        }
    }

    private object? Resolve(ServiceProvider services, ParameterInfo parameter, PlannedPlugin planned)
    {
        if (services.GetService(parameter.ParameterType) is { } service) return service;
        if (parameter.HasDefaultValue) return parameter.DefaultValue;
        throw Missing(parameter, planned);
    }

    private PluginLoadException Missing(ParameterInfo parameter, PlannedPlugin planned) => new(
        planned.Identity.Path,
        $"its constructor wants a {parameter.ParameterType.FullName} ({parameter.Name}), which nobody provides; a constructor may take its Config, {(options.Client is null ? nameof(BrokerContext) : nameof(ClientContext))}, "
        + "PluginContext, ILogger<T>, TimeProvider, Meter, IHttpClientFactory, services that the embedding program shares, and what ConfigureServices registers");

    private static PluginInitException ConstructionFailed(PlannedPlugin planned, Exception exception) => new(planned.Identity.Path, $"its constructor failed: {exception.Message}", exception);
}
