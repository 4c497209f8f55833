using Microsoft.CodeAnalysis;

namespace Amqtt.Plugins.Analyzers;

/// <summary>What the analyzers report.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor Blocking = Rule(
        "AMQTT001",
        "A hook must not block",
        "{0} blocks the thread inside a hook; await it instead",
        "A hook that earned it runs on the thread that serves clients. The host notices a hook that blocks and moves it away, but it stays slow.");

    public static readonly DiagnosticDescriptor ContextKept = Rule(
        "AMQTT002",
        "A context must not outlive its hook",
        "'{0}' is used after its hook may have ended, and throws then; copy what you need before the hook returns",
        "Contexts of hooks are pooled: one that is stored, or used by work that the hook does not await, throws when it is read.");

    public static readonly DiagnosticDescriptor AsyncVoid = Rule(
        "AMQTT003",
        "A plugin must not have async void methods",
        "'{0}' is async void: nobody awaits it and its exception ends the process; return a Task",
        "The host cannot catch what an async void method throws.");

    public static readonly DiagnosticDescriptor Hidden = Rule(
        "AMQTT004",
        "A method with a hook's name must override it",
        "'{0}' has the name of a hook but does not override it, so it would never be called; write override {1}",
        "The host refuses to load such a plugin.");

    public static readonly DiagnosticDescriptor NotBindable = Rule(
        "AMQTT005",
        "A property of Config must be bindable",
        "Option '{0}' cannot be bound: {1}",
        "The nested class Config is filled from the configuration file: every public property is an option.");

    private static DiagnosticDescriptor Rule(string id, string title, string message, string description) => new(
        id,
        title,
        message,
        "Amqtt.Plugins",
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description);
}
