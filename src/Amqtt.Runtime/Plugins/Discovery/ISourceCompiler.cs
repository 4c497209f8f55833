using Amqtt.Runtime.Configuration;

namespace Amqtt.Runtime.Plugins;

/// <summary>Turns a plugin that is a single source file into an assembly. A seam, because a compiler is large: only the command <c>amqtt</c> has one.</summary>
internal interface ISourceCompiler
{
    /// <summary>Compiles a file.</summary>
    /// <param name="sourceFile">The C# file.</param>
    /// <param name="assemblyFile">Where the assembly goes.</param>
    /// <param name="errors">Receives what is wrong with the source, with file, line and column.</param>
    /// <returns>False if there is no assembly.</returns>
    bool Compile(string sourceFile, string assemblyFile, ConfigErrors errors);
}
