using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Amqtt.Plugins.Analyzers;

/// <summary>What a hook does in its body: blocking calls (AMQTT001) and contexts that get away (AMQTT002).</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class HookBodyAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.Blocking, Rules.ContextKept];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (Contract.Of(start.Compilation) is not { } contract) return;
            start.RegisterOperationBlockStartAction(block =>
            {
                if (block.OwningSymbol is not IMethodSymbol method || !contract.IsHook(method)) return;
                block.RegisterOperationAction(CheckCall, OperationKind.Invocation);
                block.RegisterOperationAction(CheckProperty, OperationKind.PropertyReference);
            });
            // A context may be passed on to other methods, which may not keep it either.
            start.RegisterOperationAction(operation => CheckAssignment(operation, contract), OperationKind.SimpleAssignment);
            start.RegisterOperationAction(operation => CheckCapture(operation, contract), OperationKind.AnonymousFunction);
            start.RegisterOperationAction(operation => CheckUnawaited(operation, contract), OperationKind.Invocation);
        });
    }

    private static void CheckCall(OperationAnalysisContext context)
    {
        var call = (IInvocationOperation)context.Operation;
        var type = call.TargetMethod.ContainingType;
        var blocks = (type.ToDisplayString(), call.TargetMethod.Name) switch
        {
            ("System.Threading.Thread", "Sleep" or "Join") => true,
            ("System.Threading.Tasks.Task", "Wait" or "WaitAll" or "WaitAny") => true,
            ("System.Threading.SemaphoreSlim" or "System.Threading.ManualResetEventSlim" or "System.Threading.WaitHandle" or "System.Threading.CountdownEvent", "Wait" or "WaitOne") => true,
            (_, "GetResult") => IsAwaiter(type),
            _ => false,
        };
        if (blocks) context.ReportDiagnostic(Diagnostic.Create(Rules.Blocking, call.Syntax.GetLocation(), $"{type.Name}.{call.TargetMethod.Name}()"));
    }

    private static void CheckProperty(OperationAnalysisContext context)
    {
        var property = ((IPropertyReferenceOperation)context.Operation).Property;
        if (property.Name != "Result" || property.ContainingNamespace?.ToDisplayString() != "System.Threading.Tasks") return;
        if (property.ContainingType.Name is not ("Task" or "ValueTask")) return;
        context.ReportDiagnostic(Diagnostic.Create(Rules.Blocking, context.Operation.Syntax.GetLocation(), $"{property.ContainingType.Name}.Result"));
    }

    private static bool IsAwaiter(INamedTypeSymbol type) =>
        type.ContainingNamespace?.ToDisplayString() == "System.Runtime.CompilerServices" && type.Name.EndsWith("Awaiter", StringComparison.Ordinal);

    private static void CheckAssignment(OperationAnalysisContext context, Contract contract)
    {
        var assignment = (ISimpleAssignmentOperation)context.Operation;
        if (assignment.Target is not IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol } member) return;
        if (!contract.IsPlugin(context.ContainingSymbol.ContainingType)) return;
        var value = assignment.Value is IConversionOperation conversion ? conversion.Operand : assignment.Value;
        if (contract.IsHookContext(value.Type)) context.ReportDiagnostic(Diagnostic.Create(Rules.ContextKept, assignment.Syntax.GetLocation(), member.Member.Name));
    }

    /// <summary>A lambda that uses a context of the method around it, given to something that runs it in the background.</summary>
    private static void CheckCapture(OperationAnalysisContext context, Contract contract)
    {
        var lambda = (IAnonymousFunctionOperation)context.Operation;
        if (!contract.IsPlugin(context.ContainingSymbol.ContainingType) || !RunsInBackground(lambda)) return;
        foreach (var used in lambda.Body.Descendants())
        {
            if (used is IParameterReferenceOperation { Parameter: var parameter } && contract.IsHookContext(parameter.Type)
                && !SymbolEqualityComparer.Default.Equals(parameter.ContainingSymbol, lambda.Symbol))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.ContextKept, used.Syntax.GetLocation(), parameter.Name));
            }
        }
    }

    /// <summary>A context given to work whose task nobody looks at.</summary>
    private static void CheckUnawaited(OperationAnalysisContext context, Contract contract)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Parent is not (IExpressionStatementOperation or ISimpleAssignmentOperation { Target: IDiscardOperation })) return;
        if (call.Type is not { Name: "Task" or "ValueTask" } || !contract.IsPlugin(context.ContainingSymbol.ContainingType)) return;
        foreach (var argument in call.Arguments)
        {
            if (contract.IsHookContext(argument.Value.Type)) context.ReportDiagnostic(Diagnostic.Create(Rules.ContextKept, argument.Syntax.GetLocation(), argument.Value.Syntax.ToString()));
        }
    }

    private static bool RunsInBackground(IOperation lambda)
    {
        var at = lambda.Parent;
        while (at is IDelegateCreationOperation or IConversionOperation or IArgumentOperation) at = at.Parent;
        if (at is not IInvocationOperation call) return false;
        var method = call.TargetMethod;
        return (method.ContainingType.Name, method.Name) switch
        {
            ("Task", "Run") => call.Parent is not IAwaitOperation,
            ("ThreadPool", _) => true,
            ("PluginContext" or "BrokerContext" or "ClientContext", "Run" or "Every") => true,
            _ => false,
        };
    }
}
