using Amqtt.Plugins;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Configuration.Binding;

namespace Amqtt.Runtime.Plugins;

/// <summary>
/// What is to run: every class found and every option bound, but nothing constructed. Checking a configuration ends here;
/// every mistake of every plugin is reported, not only the first.
/// </summary>
internal sealed class PluginPlan : IDisposable
{
    private readonly List<PlannedPlugin> _plugins = [];
    private readonly List<PluginException> _faults = [];
    private readonly PluginFinder _finder;

    private readonly bool _isClient;
    private readonly IReadOnlyCollection<string>? _listeners;

    private PluginPlan(PluginHostOptions options)
    {
        _finder = new(options);
        _isClient = options.Client is not null;
        _listeners = options.Listeners;
    }

    /// <summary>The plugins, in order.</summary>
    public IReadOnlyList<PlannedPlugin> Plugins => _plugins;

    /// <summary>What is wrong, by plugin.</summary>
    public IReadOnlyList<PluginException> Faults => _faults;

    /// <summary>Makes a plan. If <paramref name="errors"/> received an error, the plan cannot be used. Dispose it, unless a host took it over.</summary>
    public static PluginPlan Make(PluginCollection plugins, PluginHostOptions options, ConfigErrors errors)
    {
        var plan = new PluginPlan(options);
        foreach (var registration in plugins) plan.Add(registration, errors);
        plan._finder.ReportSources(errors);
        plan.CheckScopes(errors);
        return plan;
    }

    /// <summary>Throws what is wrong: one thing as what it is, several together.</summary>
    public void ThrowIfUnusable(ConfigErrors errors)
    {
        if (_faults is [var only] && errors.Errors.Count == 1) throw only;
        errors.ThrowIfAny();
    }

    /// <summary>Removes the private copies of plugin folders.</summary>
    public void Dispose() => _finder.Dispose();

    private void Add(PluginRegistration registration, ConfigErrors errors)
    {
        var own = new ConfigErrors();
        var keyPath = $"plugins.{registration.Path}";
        var (settings, options) = PluginSettings.Read(registration.Options, own, keyPath, registration.Settings);
        if (!settings.IsEnabled && !own.HasErrors) return;

        CheckListeners(settings, registration.Options, own, keyPath);
        var type = registration.Type;
        try
        {
            type ??= _finder.Find(registration, own);
            if (type is null) return;
            var config = CheckAndBind(type, registration, options, own, keyPath, _isClient);
            if (own.HasErrors) throw new PluginLoadException(registration.Path, string.Join("; ", own.Errors.Select(error => error.Text)));
            _plugins.Add(new(Identify(settings, registration, type), settings, config, registration.Instance)
            {
                Configuration = registration.Configuration,
                Location = registration.Location,
                Options = options,
            });
        }
        catch (PluginException exception) when (!settings.IsRequired && type is not null)
        {
            // Its class is known, so its roles are: they will refuse.
            _plugins.Add(new(Identify(settings, registration, type), settings, null, null) { Fault = exception, Location = registration.Location });
        }
        catch (PluginException exception)
        {
            _faults.Add(exception);
            if (!own.HasErrors) own.Add(registration.Location, $"{keyPath}: {exception.Problem}");
            foreach (var error in own.Errors) errors.Add(error.Location, error.Text);
        }
        finally
        {
            foreach (var warning in own.Warnings) errors.Warn(warning.Location, warning.Text);
        }
    }

    /// <summary>A plugin beyond the number that can be told apart would never be asked.</summary>
    private void CheckScopes(ConfigErrors errors)
    {
        foreach (var beyond in _plugins.Where(static plugin => plugin.Settings.HasScope).Skip(PluginScopes.Most))
            errors.Add(beyond.Location, $"plugins.{beyond.Identity.Path}: at most {PluginScopes.Most} plugins can have $topics or $listeners, and this is one more; leave them out, or have one plugin do what several do");
    }

    /// <summary>A plugin for a listener that does not exist would never be asked.</summary>
    private void CheckListeners(PluginSettings settings, ConfigNode? options, ConfigErrors own, string keyPath)
    {
        if (_listeners is null) return;
        foreach (var name in settings.Listeners ?? [])
        {
            if (_listeners.Contains(name, StringComparer.Ordinal)) continue;
            var meant = Nearest.Find(name, _listeners) is { } near ? $"; did you mean '{near}'?" : "";
            own.Add(PluginSettings.WhereListed(options, name), $"{keyPath}.{PluginSettings.ListenersKey}: expected names of listeners ({string.Join(", ", _listeners)}), but found '{LogText.Escape(name)}'{meant}");
        }
    }

    private static void CheckSide(Type type, string path, bool isClient)
    {
        if (isClient && typeof(BrokerPlugin).IsAssignableFrom(type))
            throw new PluginLoadException(path, $"{type.FullName} is a plugin of the broker; a client takes one that derives from {nameof(ClientPlugin)} or {nameof(BasePlugin)}");
        if (!isClient && typeof(ClientPlugin).IsAssignableFrom(type))
            throw new PluginLoadException(path, $"{type.FullName} is a plugin of the client; a broker takes one that derives from {nameof(BrokerPlugin)} or {nameof(BasePlugin)}");
    }

    private static object? CheckAndBind(Type type, PluginRegistration registration, ConfigNode? options, ConfigErrors own, string keyPath, bool isClient)
    {
        try
        {
            PluginClass.Check(type, registration.Path, isConstructed: registration.Instance is not null);
            CheckSide(type, registration.Path, isClient);
            return registration.Instance is null ? PluginConfig.Make(type, registration, options, own, keyPath) : null;
        }
        catch (Exception exception) when (PluginLoader.IsLoadFailure(exception))
        {
            throw PluginLoader.CannotLoad(registration.Path, type.FullName!, exception);
        }
    }

    private static PluginIdentity Identify(PluginSettings settings, PluginRegistration registration, Type type)
        => new(settings.Id ?? type.Name, registration.Path, type);
}
