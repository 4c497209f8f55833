namespace Amqtt.Runtime.Configuration;

/// <summary>A single value: text that the binder reads as what the option wants.</summary>
public sealed class ConfigScalar : ConfigNode
{
    /// <summary>A scalar.</summary>
    /// <param name="location">Where it starts.</param>
    /// <param name="text">Its text, with <c>${env:…}</c> and <c>${file:…}</c> replaced.</param>
    /// <param name="isPlain">True if it was written without quotes.</param>
    public ConfigScalar(ConfigLocation location, string text, bool isPlain)
        : base(location)
    {
        Text = text;
        IsPlain = isPlain;
        Source = text;
    }

    /// <summary>The text, with <c>${env:…}</c> and <c>${file:…}</c> replaced.</summary>
    public string Text { get; }

    /// <summary>Written without quotes. Only a plain scalar can be a number or a boolean; any scalar can be text.</summary>
    public bool IsPlain { get; }

    /// <inheritdoc/>
    public override bool IsNull => IsNullValue;

    /// <summary>The text as written, before substitution: what a message may show without giving away what a variable or a file holds.</summary>
    internal string Source { get; init; }

    internal bool IsNullValue { get; init; }

    /// <summary>An error about it was already reported, so that the binder passes over it and no second message hides the first.</summary>
    internal bool IsBroken { get; init; }

    /// <summary>Bytes instead of text: YAML's <c>!!binary</c>, or an array in a dictionary.</summary>
    internal byte[]? Bytes { get; init; }

    internal override string Kind => IsNullValue ? "nothing" : IsPlain ? $"'{Source}'" : $"the text \"{Source}\"";

    /// <summary>The absence of a value at a place.</summary>
    /// <param name="location">Where the value would be.</param>
    public static ConfigScalar Null(ConfigLocation location) => new(location, "", isPlain: true) { IsNullValue = true };
}
