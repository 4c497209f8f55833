using System.Collections.Concurrent;
using Amqtt.Plugins;
using Amqtt.Runtime.Plugins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Amqtt.Runtime.Tests.Plugins;

/// <summary>PF-3, P-E16: order of start and stop, time-outs, and disposal exactly once whatever happened before.</summary>
public sealed class LifecycleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogRecorder _log = new();
    private readonly Journal _journal = new();

    [Fact]
    public async Task Start_in_order_stop_in_reverse_dispose_once()
    {
        var host = await Load(plugins => plugins.Add<First>().Add<Second>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StartedAsync(TestContext.Current.CancellationToken);
        host.Hooks.ClientConnected.Raise(new() { ClientId = "c", Session = new TestSession() });
        await host.StoppingAsync();
        await host.StoppedAsync();
        await host.DisposeAsync();
        await host.DisposeAsync();

        string[] expected =
        [
            "First made", "Second made", "First pre-start", "Second pre-start", "First post-start", "Second post-start",
            "Second pre-shutdown", "First pre-shutdown", "Second post-shutdown", "First post-shutdown",
            "Second disposed", "Second services disposed", "First disposed", "First services disposed",
        ];
        Assert.Equal(expected, _journal.Where(entry => !entry.Contains("saw", StringComparison.Ordinal)));
        // Every event is delivered before anybody hears that all is over.
        var entries = _journal.ToList();
        Assert.InRange(entries.IndexOf("First saw c"), 0, entries.IndexOf("Second post-shutdown"));
    }

    [Fact]
    public async Task A_constructor_that_throws_disposes_those_before_it()
    {
        var exception = await Assert.ThrowsAsync<PluginInitException>(() => Load(plugins => plugins.Add<First>().Add<Second>().Add<CannotBeMade>()));

        Assert.Equal($"Plugin '{typeof(CannotBeMade).FullName}': its constructor failed: no disk", exception.Message);
        Assert.Equal("no disk", exception.InnerException?.Message);
        Assert.Equal(["First made", "Second made", "Second disposed", "Second services disposed", "First disposed", "First services disposed"], _journal);
    }

    [Fact]
    public async Task Services_of_a_constructor_that_throws_are_disposed_asynchronously()
    {
        await Assert.ThrowsAsync<PluginInitException>(() => Load(plugins => plugins.Add<FailsWithServices>()));
        Assert.Equal(["disposed asynchronously"], _journal);
    }

    [Fact]
    public async Task A_start_that_throws_names_the_plugin_and_leaves_disposal_to_the_end()
    {
        var host = await Load(plugins => plugins.Add<First>().Add<CannotStart>().Add<Second>());
        var exception = await Assert.ThrowsAsync<PluginInitException>(async () => await host.StartAsync());
        await host.DisposeAsync();

        Assert.Equal($"Plugin '{typeof(CannotStart).FullName}': OnBrokerPreStartAsync failed: no network", exception.Message);
        Assert.DoesNotContain("Second pre-start", _journal);
        Assert.Equal(1, _journal.Count(entry => entry == "First disposed"));
        Assert.Equal(1, _journal.Count(entry => entry == "CannotStart disposed"));
    }

    [Fact]
    public async Task A_start_that_hangs_is_given_up_after_30_seconds()
    {
        await using var host = await Load(plugins => plugins.Add<HangsAtStart>());
        var start = host.StartAsync().AsTask();
        while (!start.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        var exception = await Assert.ThrowsAsync<PluginInitException>(() => start);
        Assert.Equal($"Plugin '{typeof(HangsAtStart).FullName}': OnBrokerPreStartAsync took longer than 30 s", exception.Message);
        await _journal.Until("HangsAtStart cancelled");
    }

    [Fact]
    public async Task Stop_goes_on_whatever_a_plugin_does()
    {
        var host = await Load(plugins => plugins.Add<First>().Add<BadAtTheEnd>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        await Push(host.StoppingAsync());
        await Push(host.StoppedAsync());
        await Push(host.DisposeAsync());

        Assert.Contains("First post-shutdown", _journal);
        Assert.Contains("First disposed", _journal);
        Assert.Equal(
            [
                "Plugin BadAtTheEnd: OnBrokerPreShutdownAsync failed or took too long; the shutdown goes on.",
                "Plugin BadAtTheEnd: OnBrokerPostShutdownAsync failed or took too long; the shutdown goes on.",
                "Plugin BadAtTheEnd: DisposeAsync failed or took too long; the shutdown goes on.",
            ],
            _log.Of("amqtt.broker.plugins").Where(line => line.Contains("Async failed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Background_work_is_cancelled_and_awaited_before_disposal()
    {
        var host = await Load(plugins => plugins.Add<Works>());
        await _journal.Until("working");
        _time.Advance(TimeSpan.FromSeconds(1));
        await _journal.Until("tick");
        _time.Advance(TimeSpan.FromSeconds(1));
        await LaneTests.Until(() => _journal.Count(entry => entry == "tick") == 2);
        await host.DisposeAsync();

        Assert.Equal(["work ended", "Works disposed"], _journal.TakeLast(2));
        Assert.Contains(_log.Lines, line => line.Text == "Plugin Works: its background work failed." && line.Exception?.Message == "bad tick");
    }

    [Fact]
    public async Task Nobody_may_connect_without_an_authentication_plugin_and_one_warning_says_so()
    {
        await using var host = await Load(plugins => plugins.Add<First>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(host.Hooks.Auth.IsEmpty);
        Assert.Single(_log.Of("amqtt.broker.plugins"), "No plugin decides who may connect: every client is refused.");
    }

    [Fact]
    public async Task Only_those_with_a_method_may_connect_where_only_methods_are_offered()
    {
        await using var host = await Load(plugins => plugins.Add<Method>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            ["No plugin decides who may connect without a method of enhanced authentication: a client that names none is refused."],
            _log.Of("amqtt.broker.plugins").Where(line => line.Contains("may connect", StringComparison.Ordinal)));
    }

    private Task<PluginHost> Load(Action<PluginCollection> add)
    {
        var plugins = new PluginCollection();
        add(plugins);
        var options = new PluginHostOptions { LoggerFactory = _log, Time = _time, ShareServices = services => services.AddSingleton(_journal) };
        return PluginHost.LoadAsync(plugins, options).AsTask();
    }

    private async Task Push(ValueTask call)
    {
        var task = call.AsTask();
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        await task;
    }

    public sealed class Journal : ConcurrentQueue<string>
    {
        public Task Until(string entry) => LaneTests.Until(() => this.Contains(entry));
    }

    public sealed class Service(Journal journal, PluginContext context) : IDisposable
    {
        public void Dispose() => journal.Enqueue($"{context.PluginId} services disposed");
    }

    public abstract class Recording : BrokerPlugin, IConfigureServices
    {
        private readonly Journal _journal;

        protected Recording(Journal journal, Service service)
        {
            ArgumentNullException.ThrowIfNull(service);
            _journal = journal;
            journal?.Enqueue($"{GetType().Name} made");
        }

        public static void ConfigureServices(IServiceCollection services) => services.AddSingleton<Service>();

        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => Note("pre-start");

        public override ValueTask OnBrokerPostStartAsync(CancellationToken cancel) => Note("post-start");

        public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => Note("pre-shutdown");

        public override ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => Note("post-shutdown");

        public override ValueTask OnBrokerClientConnectedAsync(ClientConnectedEvent e, CancellationToken cancel)
        {
            ArgumentNullException.ThrowIfNull(e);
            return Note($"saw {e.ClientId}");
        }

        public override ValueTask DisposeAsync()
        {
            GC.SuppressFinalize(this);
            return Note("disposed");
        }

        private ValueTask Note(string what)
        {
            _journal.Enqueue($"{GetType().Name} {what}");
            return default;
        }
    }

    public sealed class First(Journal journal, Service service) : Recording(journal, service);

    public sealed class Second(Journal journal, Service service) : Recording(journal, service);

    public sealed class CannotStart(Journal journal, Service service) : Recording(journal, service)
    {
        public override ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => throw new InvalidOperationException("no network");
    }

    public sealed class CannotBeMade : BrokerPlugin
    {
        public CannotBeMade() => throw new InvalidOperationException("no disk");
    }

    public sealed class AsyncService(Journal journal) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            journal.Enqueue("disposed asynchronously");
            return default;
        }
    }

    public sealed class FailsWithServices : BrokerPlugin, IConfigureServices
    {
        public FailsWithServices(AsyncService service)
        {
            ArgumentNullException.ThrowIfNull(service);
            throw new InvalidOperationException("no disk");
        }

        public static void ConfigureServices(IServiceCollection services) => services.AddSingleton<AsyncService>();
    }

    public sealed class Method : BrokerPlugin, IEnhancedAuthPlugin
    {
        string IEnhancedAuthPlugin.Method => "M";

        public IAuthExchange Begin(AuthenticateContext context) => throw new NotSupportedException();
    }

    public sealed class HangsAtStart(Journal journal) : BrokerPlugin
    {
        public override async ValueTask OnBrokerPreStartAsync(CancellationToken cancel)
        {
            cancel.Register(() => journal.Enqueue("HangsAtStart cancelled"));
            await new TaskCompletionSource().Task;
        }
    }

    public sealed class BadAtTheEnd : BrokerPlugin
    {
        public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => throw new InvalidOperationException("throws");

        public override ValueTask OnBrokerPostShutdownAsync(CancellationToken cancel) => new(new TaskCompletionSource().Task);

        public override ValueTask DisposeAsync() => throw new InvalidOperationException("throws");
    }

    public sealed class Works : BrokerPlugin
    {
        private readonly Journal _journal;

        public Works(Journal journal, PluginContext context)
        {
            ArgumentNullException.ThrowIfNull(context);
            _journal = journal;
            context.Run(WorkAsync);
            context.Every(TimeSpan.FromSeconds(1), TickAsync);
        }

        public override ValueTask DisposeAsync()
        {
            _journal.Enqueue("Works disposed");
            return default;
        }

        private async Task WorkAsync(CancellationToken cancel)
        {
            _journal.Enqueue("working");
            try
            {
                await Task.Delay(Timeout.Infinite, cancel);
            }
            finally
            {
                _journal.Enqueue("work ended");
            }
        }

        private ValueTask TickAsync(CancellationToken cancel)
        {
            _journal.Enqueue("tick");
            throw new InvalidOperationException("bad tick");
        }
    }
}
