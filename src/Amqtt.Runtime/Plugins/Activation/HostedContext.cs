using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using Amqtt.Plugins;
using Microsoft.Extensions.Logging;

namespace Amqtt.Runtime.Plugins;

/// <summary>The host's side of a plugin's context.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A source without timer and links holds nothing to release, and a plugin may keep its token.")]
internal sealed class HostedContext : BrokerContext
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _work = [];
    private readonly List<Action> _levelDecisions = [];

    public HostedContext(string pluginId, ILogger logger, TimeProvider time)
    {
        PluginId = pluginId;
        Logger = logger;
        Time = time;
    }

    public override string PluginId { get; }

    public override ILogger Logger { get; }

    public override TimeProvider Time { get; }

    public override CancellationToken Stopping => _stopping.Token;

    /// <summary>The running broker as this plugin's own; null before there is one.</summary>
    public IBroker? Connected { get; set; }

    public override IReadOnlyDictionary<string, object?> Configuration => WholeConfiguration;

    /// <summary>What <see cref="Configuration"/> is; set by the host.</summary>
    public IReadOnlyDictionary<string, object?> WholeConfiguration { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>What happens when the plugin switches hooks; set by the host.</summary>
    public Action<Hook[], bool> Switched { get; set; } = static (_, _) => { };

    /// <summary>What happens when background work throws; set by the host.</summary>
    public Action<Exception> WorkThrew { get; set; } = static _ => { };

    internal override IBroker Broker => Connected
        ?? throw new InvalidOperationException($"Plugin {PluginId} used the broker before there is one: from OnBrokerPreStartAsync on there is, in a constructor there is not.");

    public override void OnLogLevelsChanged(Action decide)
    {
        ArgumentNullException.ThrowIfNull(decide);
        lock (_gate) _levelDecisions.Add(decide);
    }

    public override void Disable(params ReadOnlySpan<Hook> hooks) => Switch(hooks, on: false);

    public override void Enable(params ReadOnlySpan<Hook> hooks) => Switch(hooks, on: true);

    public override void Run(Func<CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Start(async () => await work(Stopping));
    }

    public override void Every(TimeSpan period, Func<CancellationToken, ValueTask> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.FromMilliseconds(1));
        // Made here and not in the background, so that the first period starts now.
        var timer = new PeriodicTimer(period, Time);
        Start(async () =>
        {
            using (timer)
            {
                while (await timer.WaitForNextTickAsync(Stopping)) await GuardAsync(async () => await work(Stopping));
            }
        });
    }

    public void NotifyLogLevelsChanged()
    {
        Action[] decisions;
        lock (_gate) decisions = [.. _levelDecisions];
        foreach (var decide in decisions)
        {
            try
            {
                decide();
            }
            catch (Exception exception)
            {
                WorkThrew(exception);
            }
        }
    }

    /// <summary>Cancels the background work and waits for it, but not longer than <paramref name="patience"/>.</summary>
    public async ValueTask<bool> StopAsync(TimeSpan patience)
    {
        TimeLimit.Forget(_stopping.CancelAsync());
        Task[] work;
        lock (_gate) work = [.. _work];
        return await TimeLimit.WaitAsync(Task.WhenAll(work), patience, Time);
    }

    private void Switch(ReadOnlySpan<Hook> hooks, bool on)
    {
        foreach (var hook in hooks)
        {
            if (hook < Hook.MqttPacketReceived)
                throw new ArgumentException($"{hook} cannot be switched off: only observing hooks can.", nameof(hooks));
        }

        Switched([.. hooks], on);
    }

    private void Start(Func<Task> work)
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested) return;
            var task = Task.Run(() => GuardAsync(work));
            _work.Add(task);
            _ = task.ContinueWith(Remove, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private void Remove(Task task)
    {
        lock (_gate) _work.Remove(task);
    }

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // That is how the work is told to end.
        }
        catch (Exception exception)
        {
            WorkThrew(exception);
        }
    }
}
