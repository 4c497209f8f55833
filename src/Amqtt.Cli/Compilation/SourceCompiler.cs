using System.Text;
using Amqtt.Runtime.Configuration;
using Amqtt.Runtime.Plugins;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Amqtt.Cli.Compilation;

/// <summary>Compiles a plugin that is one source file, as a project with the SDK's defaults would: it can become one without a change.</summary>
internal sealed class SourceCompiler : ISourceCompiler
{
    private const string DirectiveOutsideOfFileProgram = "CS9298";

    // What <ImplicitUsings>enable</ImplicitUsings> gives a class library.
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.CSharp14);

    /// <inheritdoc/>
    public bool Compile(string sourceFile, string assemblyFile, ConfigErrors errors)
    {
        if (Read(sourceFile, errors) is not { } text) return false;
        var name = Path.GetFileNameWithoutExtension(assemblyFile);
        var compilation = CSharpCompilation.Create(
            name,
            [CSharpSyntaxTree.ParseText(text, Language, sourceFile), CSharpSyntaxTree.ParseText(ImplicitUsings, Language)],
            PluginReferences.All,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded));
        foreach (var diagnostic in result.Diagnostics) Report(diagnostic, sourceFile, errors);
        if (!result.Success) return false;
        File.WriteAllBytes(assemblyFile, assembly.ToArray());
        return true;
    }

    private static SourceText? Read(string file, ConfigErrors errors)
    {
        try
        {
            // The encoding is part of the debug information, which stack traces get their lines from.
            return SourceText.From(File.ReadAllText(file), Encoding.UTF8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigLocation(file, 0, 0), $"the plugin cannot be read: {exception.Message}");
            return null;
        }
    }

    private static void Report(Diagnostic diagnostic, string file, ConfigErrors errors)
    {
        var start = diagnostic.Location.GetLineSpan().StartLinePosition;
        var place = diagnostic.Location.IsInSource ? new ConfigLocation(file, start.Line + 1, start.Character + 1) : new ConfigLocation(file, 0, 0);
        var text = diagnostic.Id == DirectiveOutsideOfFileProgram
            ? "directives #: are refused; a plugin that needs packages is a project of its own, published into a plugin folder"
            : $"{diagnostic.Id}: {diagnostic.GetMessage()}";
        if (diagnostic.Severity == DiagnosticSeverity.Error) errors.Add(place, text);
        else if (diagnostic.Severity == DiagnosticSeverity.Warning) errors.Warn(place, text);
    }
}
