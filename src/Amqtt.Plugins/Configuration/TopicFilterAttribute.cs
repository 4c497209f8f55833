using System.ComponentModel.DataAnnotations;
using Amqtt.Protocol;

namespace Amqtt.Plugins;

/// <summary>The option is a topic filter, or a list of topic filters: one that is not valid is an error of the configuration, with its place.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TopicFilterAttribute : ValidationAttribute
{
    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var wrong = value switch
        {
            string filter => TopicFilter.IsValid(filter) ? null : filter,
            IEnumerable<string> filters => filters.FirstOrDefault(filter => !TopicFilter.IsValid(filter)),
            _ => null,
        };
        return wrong is null
            ? ValidationResult.Success
            : new($"expected a topic filter such as factory/+/state or factory/#, but found '{LogText.Escape(wrong)}'");
    }
}
