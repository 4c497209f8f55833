using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Amqtt.Plugins.Analyzers;

/// <summary>What a plugin class is made of: async void (AMQTT003), methods that hide a hook (AMQTT004), options that cannot be bound (AMQTT005).</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PluginClassAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.AsyncVoid, Rules.Hidden, Rules.NotBindable];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (Contract.Of(start.Compilation) is not { } contract) return;
            start.RegisterSymbolAction(symbol => CheckMethod(symbol, contract), SymbolKind.Method);
            start.RegisterSymbolAction(symbol => CheckOption(symbol, contract), SymbolKind.Property);
        });
    }

    private static void CheckMethod(SymbolAnalysisContext context, Contract contract)
    {
        var method = (IMethodSymbol)context.Symbol;
        if (!contract.IsPlugin(method.ContainingType) || SymbolEqualityComparer.Default.Equals(method.ContainingAssembly, contract.Assembly)) return;
        if (method is { IsAsync: true, ReturnsVoid: true }) Report(Rules.AsyncVoid, method.Name);
        if (!method.IsOverride && contract.HookNamed(method.ContainingType, method.Name) is { } hook)
            Report(Rules.Hidden, method.Name, hook.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));

        void Report(DiagnosticDescriptor rule, params object[] arguments) => context.ReportDiagnostic(Diagnostic.Create(rule, method.Locations[0], arguments));
    }

    private static void CheckOption(SymbolAnalysisContext context, Contract contract)
    {
        var option = (IPropertySymbol)context.Symbol;
        if (option.ContainingType.Name != "Config" || !contract.IsPlugin(option.ContainingType.ContainingType)) return;
        if (option.IsStatic || option.DeclaredAccessibility != Accessibility.Public || option.IsIndexer) return;
        if (WhyNot(option) is { } why) context.ReportDiagnostic(Diagnostic.Create(Rules.NotBindable, option.Locations[0], option.Name, why));
    }

    private static string? WhyNot(IPropertySymbol option)
    {
        // A property that is computed from others is no option.
        if (option.SetMethod is null) return option.IsRequired || IsAutomatic(option) ? "it has no setter; write { get; init; }" : null;
        if (option.SetMethod.DeclaredAccessibility != Accessibility.Public) return "its setter is not public; write { get; init; }";
        return option.Type switch
        {
            { TypeKind: TypeKind.Delegate } => $"a {option.Type.Name} cannot be written in a configuration file",
            { SpecialType: SpecialType.System_Object } or { TypeKind: TypeKind.Dynamic } => "its type is object, so no value could be checked; use the type it has",
            { TypeKind: TypeKind.Pointer or TypeKind.FunctionPointer } => "its type is a pointer",
            { TypeKind: TypeKind.Class, IsAbstract: true } => $"{option.Type.Name} is abstract",
            { TypeKind: TypeKind.Interface } when !IsCollection(option.Type) => $"{option.Type.Name} is an interface; use a class with the options",
            { Name: "Task" or "ValueTask" or "Stream" or "CancellationToken" } => $"a {option.Type.Name} cannot be written in a configuration file",
            _ => null,
        };
    }

    private static bool IsAutomatic(IPropertySymbol option)
    {
        foreach (var member in option.ContainingType.GetMembers())
        {
            if (member is IFieldSymbol field && SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, option)) return true;
        }

        return false;
    }

    private static bool IsCollection(ITypeSymbol type) => type.ContainingNamespace?.ToDisplayString() == "System.Collections.Generic";
}
