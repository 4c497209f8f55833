using System.ComponentModel.DataAnnotations;

namespace Amqtt.Plugins;

/// <summary>
/// Implemented by a plugin's <c>Config</c> that can tell what would stop the plugin's start although each option is right by itself: a file that is missing or cannot be read,
/// a folder that does not exist. <c>amqtt config check</c> asks it. A start does not, because the plugin finds out itself; nor does a reload, which may keep a plugin that is at work.
/// </summary>
public interface IConfigCheck
{
    /// <summary>
    /// Says what would stop the start. Called once, when the options are bound and without errors, on a thread that may wait for files; nothing else of the plugin runs.
    /// An exception is reported as a mistake, too.
    /// </summary>
    /// <returns>What is wrong, each with the name of the property that it is about, whose place in the configuration is named; nothing if the plugin could start.</returns>
    IEnumerable<ValidationResult> Check();
}
