using System.Collections.Immutable;
using Amqtt.Plugins.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Amqtt.Plugins.Analyzers.Tests;

/// <summary>Each mistake is found where it is, and what is right is left alone. A line that ends with a rule's name is where it is expected.</summary>
public sealed class AnalyzerTests
{
    private const string Usings = "using System; using System.Collections.Generic; using System.IO; using System.Threading; using System.Threading.Tasks; using Amqtt.Plugins;\n";

    [Fact]
    public Task A_hook_that_blocks() => FindsAsync(
        """
        public sealed class Blocker : BaseTopicPlugin
        {
            private readonly SemaphoreSlim _gate = new(1);

            public override ValueTask<Decision> FilterTopicAsync(TopicContext context)
            {
                Thread.Sleep(1); // AMQTT001
                Task.Delay(1).Wait(); // AMQTT001
                _gate.Wait(); // AMQTT001
                var answer = Task.FromResult(true).Result; // AMQTT001
                AskAsync().GetAwaiter().GetResult(); // AMQTT001
                return Decision.Allow;
            }

            private static async Task AskAsync() => await Task.Delay(1);

            public void NotAHook() => Thread.Sleep(1);
        }
        """);

    [Fact]
    public Task A_role_declared_by_interface_is_a_hook_too() => FindsAsync(
        """
        public sealed class Auth : BrokerPlugin, IAuthPlugin
        {
            public ValueTask<Decision> AuthenticateAsync(AuthenticateContext context)
            {
                Thread.Sleep(1); // AMQTT001
                return Decision.Allow;
            }
        }
        """);

    [Fact]
    public Task A_context_that_gets_away() => FindsAsync(
        """
        public sealed class Keeper : BaseTopicPlugin
        {
            private TopicContext _last;
            private string _topic = "";

            public override async ValueTask<Decision> FilterTopicAsync(TopicContext context)
            {
                _last = context; // AMQTT002
                _topic = context.Topic;
                _ = Task.Run(() => Console.WriteLine(context.Topic)); // AMQTT002
                Context.Run(_ => Console.Out.WriteLineAsync(context.Topic)); // AMQTT002
                await Task.Run(() => Console.WriteLine(context.Topic));
                _ = LaterAsync(context); // AMQTT002
                LaterAsync(context); // AMQTT002
                await LaterAsync(context);
                Now(context);
                return true;
            }

            private static async ValueTask LaterAsync(TopicContext context) => await Console.Out.WriteLineAsync(context.Topic);

            private static void Now(TopicContext context) => Console.WriteLine(context.Topic);
        }
        """);

    [Fact]
    public Task Async_void_and_hiding() => FindsAsync(
        """
        public sealed class Wrong : BrokerPlugin
        {
            public async void Later() => await Task.Delay(1); // AMQTT003

            public ValueTask OnBrokerPostStartAsync() => default; // AMQTT004

            public new ValueTask OnBrokerPreStartAsync(CancellationToken cancel) => default; // AMQTT004

            public override ValueTask OnBrokerPreShutdownAsync(CancellationToken cancel) => default;

            public ValueTask OnSomethingOfMyOwnAsync() => default;
        }

        public sealed class NoPlugin
        {
            public async void Later() => await Task.Delay(1);
        }
        """);

    [Fact]
    public Task Options_that_cannot_be_bound() => FindsAsync(
        """
        public sealed class WithOptions(WithOptions.Config config) : BrokerPlugin
        {
            public sealed class Config
            {
                public required string Good { get; init; }
                public List<string> Many { get; init; } = [];
                public IReadOnlyList<string> AlsoMany { get; init; } = [];
                public Dictionary<string, int> Map { get; init; } = [];
                public string Computed => Good + "!";
                public string NoSetter { get; } = ""; // AMQTT005
                public string Private { get; private set; } = ""; // AMQTT005
                public Action? Callback { get; init; } // AMQTT005
                public object? Anything { get; init; } // AMQTT005
                public IDisposable? Interface { get; init; } // AMQTT005
                public Stream? Stream { get; init; } // AMQTT005
            }

            public string Shown => config.Good;
        }
        """);

    private static async Task FindsAsync(string source)
    {
        var text = Usings + source;
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
        var compilation = CSharpCompilation.Create("test", [CSharpSyntaxTree.ParseText(text, cancellationToken: TestContext.Current.CancellationToken)], references, options);
        Assert.DoesNotContain(compilation.GetDiagnostics(TestContext.Current.CancellationToken), diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

        ImmutableArray<DiagnosticAnalyzer> analyzers = [new HookBodyAnalyzer(), new PluginClassAnalyzer()];
        var found = await compilation.WithAnalyzers(analyzers).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);

        var expected = text.Split('\n').Select((line, number) => (Number: number + 1, Rule: line.Split("// ").Last())).Where(line => line.Rule.StartsWith("AMQTT", StringComparison.Ordinal));
        Assert.Equal(
            expected.Select(line => $"{line.Number}: {line.Rule}"),
            found.Select(diagnostic => (Number: diagnostic.Location.GetLineSpan().StartLinePosition.Line + 1, diagnostic.Id)).Order().Select(line => $"{line.Number}: {line.Id}"));
    }
}
